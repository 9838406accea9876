// On paper: one page with map, legend, scale, north and sources, the notes on the pages after it.

const PAPER_MAP = {width: 700, height: 520}; // pixels of 1/96 inch on A4 landscape beside the legend

function wirePrint(state) {
  let before = null;
  document.getElementById('knr-print').addEventListener('click', () => window.print());
  window.addEventListener('beforeprint', () => { if (!before) before = toPaper(state); });
  window.addEventListener('afterprint', () => { if (before) before(); before = null; });
}

/** Fit the page to paper and return what puts it back. */
function toPaper(state) {
  const {map} = state, bounds = map.getBounds(), centre = map.getCenter(), zoom = map.getZoom(), closed = [];
  const snap = map.options.zoomSnap, least = map.getMinZoom();
  for (const part of document.querySelectorAll('#knr-panel details:not([open])')) { part.open = true; closed.push(part); }
  document.documentElement.classList.add('knr-paper');
  map.options.zoomSnap = 0.01;
  map.setMinZoom(0);
  for (const screen of state.screens) screen.map.invalidateSize({animate: false, pan: false});
  map.fitBounds(bounds, {animate: false, padding: [0, 0]});
  return () => {
    document.documentElement.classList.remove('knr-paper');
    for (const part of closed) part.open = false;
    map.options.zoomSnap = snap;
    map.setMinZoom(least);
    for (const screen of state.screens) screen.map.invalidateSize({animate: false, pan: false});
    map.setView(centre, zoom, {animate: false});
  };
}
