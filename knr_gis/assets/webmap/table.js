// The summary table: the same answer for readers who cannot use a map.

const MAX_ROWS = 1000;
const NO_FILTER = '';

function wireTable(state) {
  const dialog = document.getElementById('knr-table'), summary = state.summary;
  document.getElementById('knr-open-table').addEventListener('click', () => dialog.showModal());
  if (!summary.rows) return;
  let filters = [];
  const build = () => {
    const kept = filters.map((filter) => filter.select.value);
    filters = tableHead(state, dialog);
    filters.forEach((filter, i) => { filter.select.value = kept.length ? kept[i] : firstChoice(summary, filter); });
    const refresh = () => showRows(state, dialog, filters);
    for (const filter of filters) filter.select.addEventListener('change', refresh);
    refresh();
  };
  state.followers.push(build);
  build();
}

/** A long table opens on the totals. */
function firstChoice(summary, filter) {
  if (filter.column !== summary.start.column) return NO_FILTER;
  const wanted = JSON.stringify(summary.start.word);
  const first = summary.cells[filter.column].words.findIndex((word) => JSON.stringify(word) === wanted);
  return first >= 0 ? String(first) : NO_FILTER;
}

/** Write the headings and return a select box for each column of words. */
function tableHead(state, dialog) {
  const heads = element('tr'), filters = [], summary = state.summary;
  document.getElementById('knr-filters').replaceChildren();
  summary.columns.forEach((name, c) => {
    const head = element('th', inLanguage(state, name), c === summary.number ? 'knr-number' : '');
    head.scope = 'col';
    heads.append(head);
    if (c !== summary.number) filters.push(addFilter(state, c));
  });
  dialog.querySelector('#knr-long thead').replaceChildren(heads);
  return filters;
}

/** A select box with the different values of a column. */
function addFilter(state, c) {
  const summary = state.summary, label = element('label', inLanguage(state, summary.columns[c]) + ' '), select = element('select');
  select.append(new Option(tell(state, 'table_all'), NO_FILTER));
  summary.cells[c].words.forEach((word, i) => select.append(new Option(inLanguage(state, word) || '―', String(i))));
  label.append(select);
  document.getElementById('knr-filters').append(label);
  return {column: c, select};
}

function showRows(state, dialog, filters) {
  const summary = state.summary;
  const set = filters.filter((filter) => filter.select.value !== NO_FILTER);
  const rows = [];
  for (let r = 0; r < summary.rows; r++) {
    if (set.every((filter) => summary.cells[filter.column].index[r] === Number(filter.select.value))) rows.push(r);
  }
  dialog.querySelector('#knr-long tbody').replaceChildren(...rows.slice(0, MAX_ROWS).map((r) => tableRow(state, r)));
  const shown = Math.min(rows.length, MAX_ROWS);
  document.getElementById('knr-table-state').textContent = tell(state, 'rows_shown', {shown, all: summary.rows});
}

function tableRow(state, r) {
  const summary = state.summary;
  const line = element('tr');
  summary.cells.forEach((cells, c) => {
    line.append(element('td', inLanguage(state, cells.words[cells.index[r]]), c === summary.number ? 'knr-number' : ''));
  });
  return line;
}
