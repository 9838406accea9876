// The search box: any part of a name, in any of the layers, whether they are shown or not.

const MAX_FOUND = 12;

/** Letters that people do not tell apart when they search: width, case, hiragana and katakana, spaces. */
function folded(text) {
  const plain = text.normalize('NFKC').toLowerCase().replace(/\s+/g, '');
  return plain.replace(/[\u30a1-\u30f6]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) - 0x60));
}

/** Every name with the features that bear it; the same name in a layer is one entry. */
function nameIndex(state) {
  const entries = [];
  for (const layer of [...state.layers].reverse()) {
    const known = new Map();
    for (const c of layer.searched) {
      const {words, index} = layer.cells[c];
      index.forEach((word, row) => {
        const text = [words[word]].flat().join(' / ');
        if (!text || text.startsWith('―') || text === '不明') return;
        if (!known.has(text)) known.set(text, {text, key: folded(text), layer, rows: []});
        known.get(text).rows.push(row);
      });
    }
    entries.push(...known.values());
  }
  return entries;
}

/** Entries that hold the letters: whole names and beginnings first, then the shortest. */
function search(entries, letters) {
  const key = folded(letters);
  if (!key) return [];
  const rank = (entry) => (entry.key === key ? 0 : entry.key.startsWith(key) ? 1 : 2);
  return entries.filter((entry) => entry.key.includes(key))
    .sort((a, b) => rank(a) - rank(b) || a.key.length - b.key.length || a.rows.length - b.rows.length);
}

function wireSearch(state) {
  const box = document.getElementById('knr-search-text'), list = document.getElementById('knr-search-hits');
  const note = document.getElementById('knr-search-state');
  let entries = null, found = [], active = -1;
  const mark = (to) => {
    active = to;
    [...list.children].forEach((item, i) => item.setAttribute('aria-selected', String(i === active)));
    if (active >= 0) box.setAttribute('aria-activedescendant', 'knr-found-' + active); else box.removeAttribute('aria-activedescendant');
  };
  const close = () => { list.hidden = note.hidden = true; box.setAttribute('aria-expanded', 'false'); mark(-1); };
  const take = (entry) => { close(); goTo(state, entry.layer, entry.rows); };
  const show = () => {
    entries = entries || nameIndex(state);
    const all = search(entries, box.value);
    found = all.slice(0, MAX_FOUND);
    list.replaceChildren(...found.map((entry, i) => foundItem(state, entry, i, take)));
    list.hidden = !found.length;
    box.setAttribute('aria-expanded', String(Boolean(found.length)));
    const more = all.length - found.length;
    note.textContent = found.length ? (more ? tell(state, 'search_more', {count: more}) : '') : tell(state, 'search_none', {value: box.value.trim()});
    note.hidden = !note.textContent || !box.value.trim();
    mark(-1);
  };
  box.addEventListener('input', show);
  box.addEventListener('keydown', (event) => {
    if (event.isComposing) return; // Enter belongs to the Japanese input method
    if (event.key === 'Escape') { close(); return; }
    if (event.key === 'Enter' && found.length && !list.hidden) { take(found[Math.max(active, 0)]); event.preventDefault(); }
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (!step || !found.length) return;
    if (list.hidden) show();
    mark((active + step + found.length) % found.length);
    event.preventDefault();
  });
  document.addEventListener('click', (event) => { if (!document.getElementById('knr-search').contains(event.target)) close(); });
}

function foundItem(state, entry, number, take) {
  const item = element('li');
  item.id = 'knr-found-' + number;
  item.setAttribute('role', 'option');
  item.append(element('b', entry.text), element('small', inLanguage(state, entry.layer.title)));
  item.addEventListener('mousedown', (event) => { event.preventDefault(); take(entry); });
  return item;
}

/** Position of a number in an ascending list, or -1. */
function placeOf(rows, row) {
  let low = 0, high = rows.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle] < row) low = middle + 1; else high = middle;
  }
  return rows[low] === row ? low : -1;
}

/** Position in its block of the feature of a row, or null where the row has no shape. */
function shapeOf(layer, row) {
  for (const shape of layer.shapes) {
    const f = placeOf(shape.rows, row);
    if (f >= 0) return {layer, shape, f};
  }
  return null;
}

/** Show the features of some rows: switch the layer on, move there, mark and describe the first. */
function goTo(state, layer, rows) {
  if (!layer.visible) setVisible(state, layer, true);
  prepare(state, layer);
  const hits = rows.slice(0, 2000).map((row) => shapeOf(layer, row)).filter(Boolean);
  if (!hits.length) return;
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const {shape, f} of hits) {
    const b = shape.box.subarray(4 * f, 4 * f + 4);
    box[0] = Math.min(box[0], b[0]); box[1] = Math.min(box[1], b[1]);
    box[2] = Math.max(box[2], b[2]); box[3] = Math.max(box[3], b[3]);
  }
  state.map.fitBounds(latLngBounds(box), {padding: [60, 60], maxZoom: Math.max(14, state.map.getZoom()), animate: false});
  openPopup(state, state.map, [hits[0]], middleOf(hits[0]));
}

/** A place on a feature: the point itself, the middle vertex of a line, inside an area where that is easy. */
function middleOf({shape, f}) {
  const from = shape.ring[shape.feature[f]], to = shape.ring[shape.feature[f] + 1], b = shape.box, i = 4 * f;
  let x = shape.x[(from + to) >> 1], y = shape.y[(from + to) >> 1];
  const cx = (b[i] + b[i + 2]) / 2, cy = (b[i + 1] + b[i + 3]) / 2;
  if (shape.kind === 'polygon' && insideRings(shape, f, cx, cy)) { x = cx; y = cy; }
  return latLngBounds([x, y, x, y]).getCenter();
}
