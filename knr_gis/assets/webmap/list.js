// The list beside the map: features of one layer; a heading sorts, a row moves the map there.

const PAGE_ROWS = 200;

function wireList(state) {
  const part = (name) => document.getElementById('knr-list-' + name);
  const list = {
    state, layer: null, column: -1, falling: false, rows: [], shown: PAGE_ROWS, toggle: part('toggle'), body: part('body'),
    select: part('layer'), filter: part('filter'), inside: part('inside'), told: part('state'), more: part('more'),
  };
  state.list = list;
  state.refreshList = () => refreshList(list);
  state.openList = (id) => { list.wanted = id; setOpen(list, true); };
  list.toggle.addEventListener('click', () => setOpen(list, list.body.hidden));
  list.select.addEventListener('change', () => { list.wanted = list.select.value; refreshList(list); });
  list.filter.addEventListener('input', () => refreshList(list));
  list.inside.addEventListener('change', () => refreshList(list));
  list.more.addEventListener('click', () => { list.shown += PAGE_ROWS; writeRows(list); });
  list.body.querySelector('tbody').addEventListener('click', (event) => takeRow(list, event.target.closest('tr')));
  list.body.querySelector('tbody').addEventListener('keydown', (event) => rowKeys(list, event));
  state.map.on('moveend', () => { if (list.inside.checked) refreshList(list); });
  state.followers.push(state.refreshList);
  list.inside.checked = false;
  list.filter.value = '';
}

function setOpen(list, open) {
  list.body.hidden = !open;
  list.toggle.setAttribute('aria-expanded', String(open));
  document.getElementById('knr-list').classList.toggle('knr-open', open);
  refreshList(list);
}

/** Layers that are shown and have columns, those that answer the question first. */
function listed(state) {
  const shown = state.layers.filter((layer) => layer.columns.length && state.screens.some((screen) => isOn(layer, screen)));
  const rank = (layer) => (layer.focus ? 0 : layer.id.startsWith('result_') ? 1 : layer.backdrop ? 3 : 2);
  return shown.reverse().sort((a, b) => rank(a) - rank(b));
}

function refreshList(list) {
  if (list.body.hidden) return;
  const {state} = list, layers = listed(state), layer = layers.find((one) => one.id === list.wanted) || layers[0] || null;
  list.select.replaceChildren(...layers.map((one) => new Option(inLanguage(state, one.title), one.id, false, one === layer)));
  if (layer !== list.layer) { list.layer = layer; list.column = -1; list.falling = false; }
  list.shown = PAGE_ROWS;
  if (layer) {
    prepare(state, layer);
    list.rows = chosenRows(list);
    writeHead(list);
  } else {
    list.rows = [];
    list.body.querySelector('thead').replaceChildren();
  }
  writeRows(list);
}

/** Rows that are switched on and pass the filters, in the order chosen. */
function chosenRows(list) {
  const {layer, state} = list, key = folded(list.filter.value), rows = [];
  const fits = key ? layer.cells.map(({words}) => words.map((word) => folded(inLanguage(state, word)).includes(key))) : null;
  const within = list.inside.checked ? rowsInside(layer, state.map.getBounds()) : null;
  for (let row = 0; row < layer.class.length; row++) {
    if (!layer.on[row] || (within && !within.has(row))) continue;
    if (fits && !layer.cells.some(({index}, c) => fits[c][index[row]])) continue;
    rows.push(row);
  }
  if (list.column < 0) return rows;
  const {words, index} = layer.cells[list.column], ranks = rankWords(words.map((word) => inLanguage(state, word)), list.falling);
  return rows.sort((a, b) => ranks[index[a]] - ranks[index[b]] || a - b);
}

function rowsInside(layer, bounds) {
  const box = [worldX(bounds.getWest()), worldY(bounds.getNorth()), worldX(bounds.getEast()), worldY(bounds.getSouth())], rows = new Set();
  for (const shape of layer.shapes) {
    shape.rows.forEach((row, f) => {
      const b = 4 * f;
      if (shape.box[b] <= box[2] && shape.box[b + 2] >= box[0] && shape.box[b + 1] <= box[3] && shape.box[b + 3] >= box[1]) rows.add(row);
    });
  }
  return rows;
}

/** The place of each word in the order: numbers by value, words by letters, the unknown last either way. */
function rankWords(words, falling) {
  const number = (word) => (/^[-+]?[\d,]*\.?\d+$/.test(word) ? Number(word.replace(/,/g, '')) : NaN);
  const unknown = (word) => !word || word.startsWith('―') || word === '不明';
  const collator = new Intl.Collator('ja', {numeric: true}), sign = falling ? -1 : 1;
  const compare = (a, b) => {
    const [x, y] = [number(a), number(b)];
    if (!isNaN(x) && !isNaN(y)) return x - y;
    return isNaN(x) === isNaN(y) ? collator.compare(a, b) : isNaN(x) ? 1 : -1;
  };
  const order = words.map((_, i) => i).sort((a, b) => unknown(words[a]) - unknown(words[b]) || sign * compare(words[a], words[b]));
  const ranks = new Float64Array(words.length);
  order.forEach((word, place) => { ranks[word] = place; });
  return ranks;
}

function writeHead(list) {
  const line = element('tr');
  list.layer.columns.forEach((name, c) => {
    const head = element('th'), button = element('button', inLanguage(list.state, name));
    button.type = 'button';
    head.scope = 'col';
    if (c === list.column) head.setAttribute('aria-sort', list.falling ? 'descending' : 'ascending');
    button.addEventListener('click', () => {
      list.falling = c === list.column && !list.falling;
      list.column = c;
      refreshList(list);
      list.body.querySelectorAll('thead button')[c].focus();
    });
    head.append(button);
    line.append(head);
  });
  list.body.querySelector('thead').replaceChildren(line);
}

function writeRows(list) {
  const {state, layer} = list, shown = list.rows.slice(0, list.shown);
  list.body.querySelector('tbody').replaceChildren(...shown.map((row, i) => {
    const line = element('tr');
    line.tabIndex = i ? -1 : 0; // one stop of the Tab key, arrows go on from there
    line.dataset.row = row;
    layer.cells.forEach(({words, index}) => line.append(element('td', inLanguage(state, words[index[row]]))));
    return line;
  }));
  list.more.hidden = list.rows.length <= list.shown;
  list.told.textContent = layer ? tell(state, 'list_rows', {shown: list.rows.length.toLocaleString(), all: layer.class.length.toLocaleString()}) : tell(state, 'list_none');
}

function takeRow(list, line) {
  if (!line) return;
  for (const other of line.parentNode.children) {
    other.tabIndex = other === line ? 0 : -1;
    other.classList.toggle('knr-taken', other === line);
  }
  goTo(list.state, list.layer, [Number(line.dataset.row)]);
  line.focus({preventScroll: true});
}

function rowKeys(list, event) {
  const line = event.target.closest('tr'), lines = [...line.parentNode.children], at = lines.indexOf(line);
  if (event.key === 'Enter' || event.key === ' ') {
    takeRow(list, line);
    event.preventDefault();
    return;
  }
  const to = {ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + 10, PageUp: at - 10, Home: 0, End: lines.length - 1}[event.key];
  if (to === undefined) return;
  const next = lines[Math.max(0, Math.min(lines.length - 1, to))];
  line.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
  event.preventDefault();
}
