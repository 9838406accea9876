// Reads the data that the page carries and starts the map.

const PANE_BELOW = 400; // Leaflet's own overlay pane
const MARGIN = 0.75; // how far one can leave the region, as a share of its size
const MARGIN_METRES = 20000; // and at least

async function readData() {
  const holder = document.getElementById('knr-data');
  if (holder.dataset.encoding === 'json') return JSON.parse(holder.textContent);
  const bytes = Uint8Array.from(atob(holder.textContent), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(stream).json();
}

/** Decode a layer and make its canvas, the first time it is shown. */
function prepare(state, layer) {
  if (layer.canvas) return;
  layer.shapes = layer.blocks.map(unpack);
  const pane = 'knr-' + layer.number;
  const node = state.map.createPane(pane);
  node.style.zIndex = PANE_BELOW + layer.number;
  node.style.pointerEvents = 'none'; // clicks belong to the map, which asks all layers
  layer.canvas = new LayerCanvas((context, view) => paintLayer(layer, state, context, view), {pane, padding: 0.15});
}

/** The land in a pane of its own below all layers, whichever of them are on. */
function addLand(state) {
  const layer = state.layers.find((one) => one.backdrop && one.blocks.some((block) => block.kind === 'polygon'));
  if (!layer) return;
  prepare(state, layer);
  state.map.createPane('knr-land').style.zIndex = PANE_BELOW;
  state.land = new LayerCanvas((context, view) => paintLand(layer, state, context, view), {pane: 'knr-land', padding: 0.15});
  state.map.getPane('knr-land').style.pointerEvents = 'none';
  state.land.addTo(state.map);
}

function addOverlay(state) {
  const node = state.map.createPane('knr-labels');
  node.style.zIndex = 640;
  node.style.pointerEvents = 'none';
  state.overlay = new LayerCanvas((context, view) => {
    paintChosen(state.chosen, context, view);
    paintLabels(state.layers.filter((layer) => layer.visible), context, view);
  }, {pane: 'knr-labels', padding: 0.15});
  state.overlay.addTo(state.map);
  for (const font of [LABEL_FONT, AREA_FONT]) document.fonts.load(font, '釧路').then(() => state.overlay.redraw());
}

function latLngBounds(box) {
  const lat = (y) => Math.atan(Math.sinh(Math.PI * (1 - 2 * y / WORLD))) * 180 / Math.PI;
  const lon = (x) => (x / WORLD - 0.5) * 360;
  return L.latLngBounds([lat(box[3]), lon(box[0])], [lat(box[1]), lon(box[2])]);
}

/** Open on the region and do not let the reader get lost far from it. */
function fitView(state) {
  const chosen = state.layers.filter((layer) => state.focus.includes(layer.id));
  const box = extent(chosen.flatMap((layer) => (layer.shapes || layer.blocks.map(unpack))));
  if (!box) return;
  state.home = latLngBounds(box);
  const goHome = () => state.map.fitBounds(state.home, {padding: [12, 12], animate: false, maxZoom: 15});
  const settle = () => {
    state.map.setMinZoom(0);
    goHome();
    state.map.setMinZoom(Math.max(3, state.map.getZoom() - 1.5));
  };
  settle();
  if (!state.map.getSize().x) state.map.once('resize', settle);  // opened in a frame that is not shown yet
  const around = state.home.getCenter().toBounds(2 * MARGIN_METRES);
  state.map.setMaxBounds(state.home.pad(MARGIN).extend(around));
  addHomeButton(state, goHome);
}

function addHomeButton(state, goHome) {
  const control = L.control({position: 'topleft'});
  control.onAdd = () => {
    const bar = element('div', undefined, 'leaflet-bar'), button = element('a', state.texts.home_short, 'knr-home');
    button.href = '#';
    button.title = state.texts.home;
    button.setAttribute('role', 'button');
    button.setAttribute('aria-label', state.texts.home);
    L.DomEvent.on(button, 'click', (event) => { L.DomEvent.stop(event); goHome(); });
    bar.append(button);
    return bar;
  };
  control.addTo(state.map);
}

function wireClicks(state) {
  const visible = () => state.layers.filter((layer) => layer.visible);
  const choose = (hit) => { state.chosen = hit; state.overlay.redraw(); };
  state.map.on('click', (event) => {
    const hits = hitsAt(visible(), event.latlng, state.map.getZoom());
    if (!hits.length) return;
    choose(hits[0]);
    const height = Math.max(120, state.map.getSize().y - 120);
    const popup = L.popup({maxWidth: 340, maxHeight: Math.min(height, 340)}).setLatLng(event.latlng);
    popup.setContent(popupContent(hits, state.texts)).openOn(state.map);
    popup.getElement().querySelector('.leaflet-popup-close-button').setAttribute('aria-label', state.texts.close);
  });
  state.map.on('popupclose', () => choose(null));
  let asked = 0;
  state.map.on('mousemove', (event) => {
    if (performance.now() - asked < 80) return;
    asked = performance.now();
    const found = hitsAt(visible(), event.latlng, state.map.getZoom()).some((hit) => hit.shape.kind !== 'polygon');
    state.map.getContainer().style.cursor = found ? 'pointer' : '';
  });
}

async function start(map) {
  try {
    const state = await readData();
    state.map = map;
    state.chosen = null;
    window.knr = state; // for tests and for the app around the map
    run(state);
    document.documentElement.dataset.knr = 'ready';
  } catch (error) {
    const holder = document.getElementById('knr-data').dataset;
    const tooOld = holder.encoding === 'gzip' && !('DecompressionStream' in window);
    showStatus(tooOld ? holder.tooOld : fillIn(holder.failed, {reason: String(error)}));
    throw error;
  }
}

function run(state) {
  state.layers.sort((a, b) => a.style.order - b.style.order);
  state.layers.forEach((layer, number) => {
    layer.number = number + 1;
    layer.labelList = labelsOf(layer);
  });
  L.control.zoom({position: 'topleft', zoomInTitle: state.texts.zoom_in, zoomOutTitle: state.texts.zoom_out}).addTo(state.map);
  L.control.scale({imperial: false, maxWidth: 140}).addTo(state.map);
  fitView(state);
  addLand(state);
  addOverlay(state);
  wireLayers(state);
  wireBases(state);
  for (const layer of state.layers) setVisible(state, layer, layer.visible);
  wirePanelButton(state);
  wireClicks(state);
  wireTable(state.summary, state.texts);
  state.hitsAt = (lat, lng) => hitsAt(state.layers.filter((layer) => layer.visible), {lat, lng}, state.map.getZoom());
}
