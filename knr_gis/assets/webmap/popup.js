// What stands at a point: found in the visible layers, shown as text only.

const MAX_HITS = 5;

/** Features at a place in layers, topmost first: {layer, shape, f}; of a picture {layer, look}. */
function hitsAt(layers, latlng, zoom) {
  const x = worldX(latlng.lng), y = worldY(latlng.lat), scale = Math.pow(2, zoom), hits = [];
  for (const layer of [...layers].reverse()) {
    if (layer.picture) {
      const look = lookAt(layer, x, y);
      if (look) hits.push({layer, look});
      continue;
    }
    for (const shape of [...layer.shapes].reverse()) {
      const size = shape.kind === 'point' ? radiusAt(layer.style.radius, zoom) + 2 : layer.style.weight / 2 + 4;
      for (const f of featuresAt(shape, x, y, size / scale)) if (layer.on[shape.rows[f]]) hits.push({layer, shape, f});
    }
  }
  return hits;
}

/** The class whose colour a picture has at a place, or undefined. */
function lookAt(layer, x, y) {
  const picture = layer.picture, [west, north, east, south] = pictureBox(picture);
  if (x < west || x > east || y < north || y > south) return undefined;
  if (!picture.pixels) return undefined; // still being decoded
  const {width, height, data} = picture.pixels;
  const column = Math.min(width - 1, Math.floor((x - west) / (east - west) * width));
  const row = Math.min(height - 1, Math.floor((y - north) / (south - north) * height)), at = 4 * (row * width + column);
  if (!data[at + 3]) return undefined;
  const color = '#' + [0, 1, 2].map((i) => data[at + i].toString(16).padStart(2, '0')).join('');
  return layer.classes.find((look) => look.color.toLowerCase() === color);
}

/** Decode a picture so that clicks can ask it for its classes. */
function readPicture(layer) {
  const image = new Image();
  image.onload = () => {
    const canvas = document.createElement('canvas');
    canvas.width = image.naturalWidth;
    canvas.height = image.naturalHeight;
    const context = canvas.getContext('2d', {willReadFrequently: true});
    context.drawImage(image, 0, 0);
    layer.picture.pixels = context.getImageData(0, 0, canvas.width, canvas.height);
  };
  image.src = layer.picture.uri;
}

function pictureBox(picture) {
  const [west, south, east, north] = picture.box;
  return [worldX(west), worldY(north), worldX(east), worldY(south)];
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

function hitSection(state, hit) {
  const {layer} = hit, row = hit.look ? -1 : hit.shape.rows[hit.f], look = hit.look || layer.classes[layer.class[row]];
  const section = element('section', undefined, 'knr-hit'), title = element('h3'), mark = element('i');
  const name = inLanguage(state, layer.title), kind = inLanguage(state, look.label);
  mark.style.background = look.color;
  mark.style.borderColor = look.edge;
  title.append(mark, element('span', kind === name ? name : name + '：' + kind));
  section.append(title);
  if (hit.look) section.append(element('p', tell(state, 'picture_only')));
  else section.append(hitTable(state, layer, row));
  section.append(element('p', tell(state, 'source') + ': ' + layer.credit));
  return section;
}

function hitTable(state, layer, row) {
  const table = element('table');
  layer.columns.forEach((name, c) => {
    const line = element('tr'), cells = layer.cells[c], heading = element('th', inLanguage(state, name));
    heading.scope = 'row';
    line.append(heading, element('td', inLanguage(state, cells.words[cells.index[row]])));
    table.append(line);
  });
  return table;
}

function popupContent(state, hits) {
  const box = element('div');
  for (const hit of hits.slice(0, MAX_HITS)) box.append(hitSection(state, hit));
  if (hits.length > MAX_HITS) box.append(element('p', tell(state, 'more_hits', {count: hits.length - MAX_HITS}), 'knr-quiet'));
  return box;
}

function choose(state, hit) {
  state.chosen = hit && hit.shape ? hit : null;
  redrawLabels(state);
}

function openPopup(state, map, hits, latlng) {
  choose(state, hits[0]);
  const height = Math.max(120, map.getSize().y - 120);
  // under the search box and the buttons nothing of the text would be seen
  const popup = L.popup({maxWidth: 340, maxHeight: Math.min(height, 340), autoPanPaddingTopLeft: [10, 56]}).setLatLng(latlng);
  popup.setContent(popupContent(state, hits)).openOn(map);
  popup.getElement().querySelector('.leaflet-popup-close-button').setAttribute('aria-label', tell(state, 'close'));
}

function wireClicks(state, map) {
  const screen = state.screens.find((one) => one.map === map);
  map.on('click', (event) => {
    if (state.measuring) return;
    const hits = hitsAt(shownOn(state, screen), event.latlng, map.getZoom());
    if (hits.length) openPopup(state, map, hits, event.latlng);
  });
  map.on('popupclose', () => choose(state, null));
  let asked = 0;
  map.on('mousemove', (event) => {
    showPosition(event.latlng);
    if (performance.now() - asked < 80) return;
    asked = performance.now();
    const found = hitsAt(shownOn(state, screen), event.latlng, map.getZoom()).some((hit) => hit.shape && hit.shape.kind !== 'polygon');
    map.getContainer().style.cursor = state.measuring ? 'crosshair' : found ? 'pointer' : '';
  });
}
