// Reads the data that the page carries and starts the map.

const MARGIN = 0.75; // how far one can leave the region, as a share of its size
const MARGIN_METRES = 20000; // and at least
const LIST_FROM_HEIGHT = 860; // on lower windows the list would leave too little of the map

async function readData() {
  const holder = document.getElementById('knr-data');
  if (holder.dataset.encoding === 'json') return JSON.parse(holder.textContent);
  const bytes = Uint8Array.from(atob(holder.textContent), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  const data = await new Response(stream).arrayBuffer(), end = 4 + new DataView(data).getUint32(0, true);
  return revive(JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, end - 4))), new Uint8Array(data, end));
}

/** Put the arrays back in their places; see packing.py. */
function revive(node, bytes) {
  for (const key of Object.keys(node)) {
    const value = node[key];
    if (typeof value !== 'object' || value === null) continue;
    if (value.$) node[key] = numbersOf(value.$, bytes);
    else if (!Array.isArray(value) || value.some((one) => typeof one === 'object' && one !== null)) revive(value, bytes);
  }
  return node;
}

/** Numbers whose lowest bytes come first, then the next ones. */
function numbersOf([start, length, kind], bytes) {
  const Kind = {u1: Uint8Array, u2: Uint16Array, i2: Int16Array, u4: Uint32Array, i4: Int32Array, range: Uint32Array}[kind];
  const result = new Kind(length);
  if (kind === 'range') {
    for (let i = 0; i < length; i++) result[i] = i;
    return result;
  }
  const parts = new Uint8Array(result.buffer), width = result.BYTES_PER_ELEMENT; // little-endian, as every browser's machine
  for (let b = 0; b < width; b++) {
    const from = start + b * length;
    for (let i = 0, at = b; i < length; i++, at += width) parts[at] = bytes[from + i];
  }
  return result;
}

function latLngBounds(box) {
  const lat = (y) => Math.atan(Math.sinh(Math.PI * (1 - 2 * y / WORLD))) * 180 / Math.PI;
  const lon = (x) => (x / WORLD - 0.5) * 360;
  return L.latLngBounds([lat(box[3]), lon(box[0])], [lat(box[1]), lon(box[2])]);
}

/** Open on the region and do not let the reader get lost far from it. */
function fitView(state) {
  const boxes = state.layers.filter((layer) => state.focus.includes(layer.id)).map((layer) => layerBox(state, layer)).filter(Boolean);
  if (!boxes.length) return;
  const least = (i) => Math.min(...boxes.map((box) => box[i])), most = (i) => Math.max(...boxes.map((box) => box[i]));
  state.home = latLngBounds([least(0), least(1), most(2), most(3)]);
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
    const bar = element('div', undefined, 'leaflet-bar'), button = element('a', undefined, 'knr-home');
    const name = () => {
      button.textContent = tell(state, 'home_short');
      button.title = tell(state, 'home');
      button.setAttribute('aria-label', tell(state, 'home'));
    };
    button.href = '#';
    button.setAttribute('role', 'button');
    L.DomEvent.on(button, 'click', (event) => { L.DomEvent.stop(event); goHome(); });
    state.followers.push(name);
    name();
    bar.append(button);
    return bar;
  };
  control.addTo(state.map);
}

function addZoomButtons(state) {
  const control = L.control.zoom({position: 'topleft'}).addTo(state.map);
  const name = () => {
    for (const [button, key] of [[control._zoomInButton, 'zoom_in'], [control._zoomOutButton, 'zoom_out']]) {
      button.title = tell(state, key);
      button.setAttribute('aria-label', tell(state, key));
    }
  };
  state.followers.push(name);
  name();
}

async function start(map) {
  try {
    const state = await readData();
    state.map = map;
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

/** What the reader can change, as it is when the map opens. */
function begin(state) {
  Object.assign(state, {
    screens: [], chosen: null, measuring: false, patterned: false, bandLimit: null, side: '', linked: false, followers: [],
    refreshList: () => {},
  });
  state.layers.sort((a, b) => a.style.order - b.style.order);
  state.layers.forEach((layer, number) => {
    Object.assign(layer, {number: number + 1, strength: 1, hiddenParts: new Set(), labelList: labelsOf(layer)});
    if (layer.picture) readPicture(layer);
  });
}

function run(state) {
  begin(state);
  const tall = window.innerHeight >= LIST_FROM_HEIGHT && window.innerWidth > 820;
  if (tall) document.getElementById('knr-list').classList.add('knr-open'); // its height counts when the view is fitted
  state.map.invalidateSize({animate: false});
  addZoomButtons(state);
  L.control.scale({imperial: false, maxWidth: 140}).addTo(state.map);
  fitView(state);
  const screen = addScreen(state, state.map, '');
  Object.defineProperty(state, 'overlay', {get: () => screen.overlay});
  wireList(state);
  wireLayers(state);
  wireParts(state);
  wireBases(state);
  for (const layer of state.layers) setVisible(state, layer, layer.visible);
  wireSides(state);
  wireBand(state);
  wirePatterns(state);
  wirePanelButton(state);
  wireClicks(state, state.map);
  wireSearch(state);
  wireMeasure(state);
  wireOverview(state);
  wirePrint(state);
  wireTable(state);
  wireLanguage(state);
  wireLink(state);
  state.followers.push(() => { showCredits(state); nameSides(state); state.map.closePopup(); });
  setOpen(state.list, tall);
  state.hitsAt = (lat, lng) => hitsAt(shownOn(state, screen), {lat, lng}, state.map.getZoom());
}
