// What stands at a point: found in the visible layers, shown as text only.

const MAX_HITS = 5;

/** Features at a place in the visible layers, topmost first: {layer, shape, f}. */
function hitsAt(layers, latlng, zoom) {
  const x = worldX(latlng.lng), y = worldY(latlng.lat), scale = Math.pow(2, zoom), hits = [];
  for (const layer of [...layers].reverse()) {
    for (const shape of [...layer.shapes].reverse()) {
      const size = shape.kind === 'point' ? radiusAt(layer.style.radius, zoom) + 2 : layer.style.weight / 2 + 4;
      for (const f of featuresAt(shape, x, y, size / scale)) hits.push({layer, shape, f});
    }
  }
  return hits;
}

function element(tag, text, className) {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text; // never innerHTML: names from data are text
  if (className) node.className = className;
  return node;
}

function fillIn(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

function hitSection(hit, texts) {
  const {layer} = hit, row = hit.shape.rows[hit.f], look = layer.classes[layer.class[row]];
  const section = element('section', undefined, 'knr-hit'), title = element('h3'), mark = element('i');
  mark.style.background = look.color;
  mark.style.borderColor = look.edge;
  title.append(mark, element('span', look.label === layer.title ? layer.title : layer.title + '：' + look.label));
  const table = element('table');
  layer.columns.forEach((name, c) => {
    const line = element('tr'), cells = layer.cells[c], heading = element('th', name);
    heading.scope = 'row';
    line.append(heading, element('td', cells.words[cells.index[row]]));
    table.append(line);
  });
  section.append(title, table, element('p', texts.source + ': ' + layer.credit));
  return section;
}

function popupContent(hits, texts) {
  const box = element('div');
  for (const hit of hits.slice(0, MAX_HITS)) box.append(hitSection(hit, texts));
  if (hits.length > MAX_HITS) box.append(element('p', fillIn(texts.more_hits, {count: hits.length - MAX_HITS}), 'knr-quiet'));
  return box;
}
