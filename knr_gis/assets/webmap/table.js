// The summary table: the same answer for readers who cannot use a map.

const MAX_ROWS = 1000;
const NO_FILTER = '';

function wireTable(summary, texts) {
  const dialog = document.getElementById('knr-table');
  document.getElementById('knr-open-table').addEventListener('click', () => dialog.showModal());
  if (!summary.rows) return;
  const heads = element('tr'), filters = [];
  summary.columns.forEach((name, c) => {
    const head = element('th', name, c === summary.number ? 'knr-number' : '');
    head.scope = 'col';
    heads.append(head);
    if (c !== summary.number) filters.push(addFilter(summary, c, texts));
  });
  dialog.querySelector('#knr-long thead').append(heads);
  const refresh = () => showRows(dialog, summary, filters, texts);
  for (const filter of filters) filter.select.addEventListener('change', refresh);
  for (const filter of filters) {
    const first = filter.column === summary.start.column ? summary.cells[filter.column].words.indexOf(summary.start.word) : -1;
    if (first >= 0) filter.select.value = String(first); // a long table opens on the totals
  }
  refresh();
}

/** A select box with the different values of a column. */
function addFilter(summary, c, texts) {
  const label = element('label', summary.columns[c] + ' '), select = element('select');
  select.append(new Option(texts.table_all, NO_FILTER));
  summary.cells[c].words.forEach((word, i) => select.append(new Option(word || '―', String(i))));
  label.append(select);
  document.getElementById('knr-filters').append(label);
  return {column: c, select};
}

function showRows(dialog, summary, filters, texts) {
  const set = filters.filter((filter) => filter.select.value !== NO_FILTER);
  const rows = [];
  for (let r = 0; r < summary.rows; r++) {
    if (set.every((filter) => summary.cells[filter.column].index[r] === Number(filter.select.value))) rows.push(r);
  }
  dialog.querySelector('#knr-long tbody').replaceChildren(...rows.slice(0, MAX_ROWS).map((r) => tableRow(summary, r)));
  const shown = Math.min(rows.length, MAX_ROWS);
  document.getElementById('knr-table-state').textContent = fillIn(texts.rows_shown, {shown, all: summary.rows});
}

function tableRow(summary, r) {
  const line = element('tr');
  summary.cells.forEach((cells, c) => {
    line.append(element('td', cells.words[cells.index[r]], c === summary.number ? 'knr-number' : ''));
  });
  return line;
}
