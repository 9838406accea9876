// Length and area on the ellipsoid GRS80, as JGD2011 has it; between two points on the map.

const AXIS = 6378137, FLAT = 1 / 298.257222101, ECC = FLAT * (2 - FLAT);

/** Metres between two places: on the ellipsoid at their mean latitude; good to 0.01 % below 100 km. */
function metresBetween(a, b) {
  const rad = Math.PI / 180, middle = (a.lat + b.lat) / 2 * rad, w = Math.sqrt(1 - ECC * Math.sin(middle) ** 2);
  const north = AXIS * (1 - ECC) / w ** 3 * (b.lat - a.lat) * rad, east = AXIS / w * Math.cos(middle) * (b.lng - a.lng) * rad;
  return Math.hypot(north, east);
}

/** Square metres inside a ring: the cylinder of equal area keeps them. */
function squareMetres(ring) {
  const rad = Math.PI / 180, e = Math.sqrt(ECC);
  const height = (lat) => {
    const s = Math.sin(lat * rad);
    return AXIS * (1 - ECC) / 2 * (s / (1 - ECC * s * s) + Math.log((1 + e * s) / (1 - e * s)) / (2 * e));
  };
  let twice = 0;
  ring.forEach((a, i) => {
    const b = ring[(i + 1) % ring.length];
    twice += AXIS * rad * (a.lng * height(b.lat) - b.lng * height(a.lat));
  });
  return Math.abs(twice) / 2;
}

function lengthText(metres) {
  return metres < 1000 ? Math.round(metres) + ' m' : (metres / 1000).toFixed(metres < 10000 ? 2 : 1) + ' km';
}

function areaText(square) {
  return square < 1e6 ? (square / 1e4).toFixed(2) + ' ha' : (square / 1e6).toFixed(2) + ' km²';
}

function wireMeasure(state) {
  const button = document.getElementById('knr-measure'), {map} = state;
  const pane = map.createPane('knr-measure');
  pane.style.zIndex = 645;
  pane.style.pointerEvents = 'none';
  const drawn = L.layerGroup().addTo(map), renderer = L.svg({pane: 'knr-measure'});
  const measure = {places: [], drawn, renderer, state};
  const set = (on) => {
    state.measuring = on;
    button.setAttribute('aria-pressed', String(on));
    document.body.classList.toggle('knr-measuring', on);
    measure.places = [];
    map.doubleClickZoom[on ? 'disable' : 'enable']();
    showMeasure(measure);
    if (on) { map.closePopup(); map.getContainer().focus(); }
  };
  button.addEventListener('click', () => set(!state.measuring));
  map.on('click', (event) => { if (state.measuring) { measure.places.push(event.latlng); showMeasure(measure); } });
  document.addEventListener('keydown', (event) => {
    if (!state.measuring) return;
    if (event.key === 'Escape') { set(false); button.focus(); return; }
    if (event.target !== map.getContainer()) return;
    if (event.key === ' ') { measure.places.push(map.getCenter()); event.preventDefault(); }
    if (event.key === 'Backspace') { measure.places.pop(); event.preventDefault(); }
    showMeasure(measure);
  });
  state.measure = measure;
  state.followers.push(() => showMeasure(measure));
}

function showMeasure({places, drawn, renderer, state}) {
  drawn.clearLayers();
  if (!state.measuring) { hint(''); return; }
  const look = {pane: 'knr-measure', renderer, color: '#111a22', weight: 2.5, dashArray: '6 4', interactive: false};
  if (places.length > 1) L.polyline(places, look).addTo(drawn);
  if (places.length > 2) L.polygon(places, {...look, weight: 0, fillOpacity: 0.12}).addTo(drawn);
  for (const place of places) L.circleMarker(place, {...look, radius: 4, dashArray: null, fillColor: '#ffffff', fillOpacity: 1}).addTo(drawn);
  let metres = 0;
  for (let i = 1; i < places.length; i++) metres += metresBetween(places[i - 1], places[i]);
  if (places.length < 2) { hint(tell(state, 'measure_start')); return; }
  const parts = [tell(state, 'measure_length', {length: lengthText(metres)})];
  if (places.length > 2) parts.push(tell(state, 'measure_area', {area: areaText(squareMetres(places))}));
  hint(parts.join('　'));
}

/** A line of text at the top of the map, read out by screen readers. */
function hint(text) {
  const node = document.getElementById('knr-hint');
  node.textContent = text;
  node.hidden = !text;
}
