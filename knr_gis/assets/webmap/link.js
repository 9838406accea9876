// The view in the address: centre, zoom, layers, opacity, language, scenario, minutes. It can be sent and kept.

/** The hash of the present view. */
function linkOf(state) {
  const {lat, lng} = state.map.getCenter(), parts = new URLSearchParams();
  parts.set('z', String(Math.round(state.map.getZoom() * 100) / 100));
  parts.set('c', lat.toFixed(5) + ',' + lng.toFixed(5));
  parts.set('on', state.layers.filter((layer) => layer.visible).map((layer) => layer.id).join(','));
  const faded = state.layers.filter((layer) => layer.strength !== 1).map((layer) => layer.id + ':' + Math.round(layer.strength * 100));
  if (faded.length) parts.set('o', faded.join(','));
  parts.set('lang', state.language);
  if (state.side) parts.set('side', state.side);
  if (state.bandLimit !== null) parts.set('t', String(state.bandLimit));
  return '#' + parts.toString().replace(/%2C/g, ',').replace(/%3A/g, ':');
}

/** Put the view into the address without a step in the history. */
function keepLink(state) {
  if (!state.linked) return;
  try {
    history.replaceState(null, '', state.link = linkOf(state));
  } catch {
    state.linked = false; // a frame without an address of its own
  }
}

/** Restore a view; what the address does not say, or says wrongly, stays as it is. */
function readLink(state) {
  const parts = new URLSearchParams(location.hash.slice(1));
  if (parts.has('on')) {
    const on = parts.get('on').split(',');
    for (const layer of state.layers) if (layer.visible !== on.includes(layer.id)) setVisible(state, layer, !layer.visible);
  }
  for (const one of (parts.get('o') || '').split(',')) restoreStrength(state, one);
  if (parts.has('lang')) setLanguage(state, parts.get('lang'));
  if (state.side && ['diff', 'a', 'b', 'both'].includes(parts.get('side'))) setSide(state, parts.get('side'));
  if (state.setBand && parts.has('t') && isFinite(parts.get('t'))) state.setBand(Number(parts.get('t')));
  const [lat, lng] = (parts.get('c') || '').split(',').map(Number), zoom = Number(parts.get('z'));
  if (parts.has('c') && isFinite(lat) && isFinite(lng) && zoom > 0) state.map.setView([lat, lng], zoom, {animate: false});
}

function restoreStrength(state, text) {
  const at = text.lastIndexOf(':'), layer = state.layers.find((one) => one.id === text.slice(0, at)), percent = Number(text.slice(at + 1));
  if (!layer || !(percent >= 10 && percent <= 100)) return;
  setStrength(state, layer, percent / 100);
  for (const range of document.querySelectorAll('input[data-opacity]')) if (range.dataset.opacity === layer.id) range.value = percent;
}

function wireLink(state) {
  state.linked = true;
  if (location.hash.length > 1) readLink(state);
  state.map.on('moveend', () => keepLink(state));
  window.addEventListener('hashchange', () => { if (location.hash !== state.link) readLink(state); });
  document.getElementById('knr-link').addEventListener('click', async () => {
    const address = location.href.split('#')[0] + linkOf(state);
    keepLink(state);
    try {
      await navigator.clipboard.writeText(address);
      hint(tell(state, 'link_copied'));
    } catch {
      hint(tell(state, 'link_shown', {value: address}));
    }
    setTimeout(() => { if (!state.measuring) hint(''); }, 8000);
  });
}
