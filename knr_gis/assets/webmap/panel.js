// The panel: check boxes, legend, credits, base maps.

function showStatus(text) {
  const status = document.getElementById('knr-status');
  status.textContent = text;
  status.hidden = !text;
}

/** Switch a layer on or off: canvas, legend and credits follow. */
function setVisible(state, layer, visible) {
  layer.visible = visible;
  if (visible) {
    prepare(state, layer);
    layer.canvas.addTo(state.map);
  } else if (layer.canvas) {
    layer.canvas.remove();
  }
  for (const legend of document.querySelectorAll('[data-legend]')) {
    if (legend.dataset.legend === layer.id) legend.hidden = !visible;
  }
  if (state.overlay) state.overlay.redraw();
  showCredits(state);
}

/** Credits of everything that is on the screen, each once. */
function showCredits(state) {
  const visible = state.layers.filter((layer) => layer.visible);
  const credits = [...new Set(visible.flatMap((layer) => layer.credit.split('／')))];
  const target = document.getElementById('knr-credit-text');
  target.textContent = credits.join('／');
  if (!state.base) return;
  const link = element('a', state.base.credit);
  link.href = state.base.page;
  link.rel = 'noopener noreferrer';
  link.target = '_blank';
  target.append(credits.length ? '／' : '', link);
}

function wireLayers(state) {
  for (const box of document.querySelectorAll('input[data-layer]')) {
    const layer = state.layers.find((one) => one.id === box.dataset.layer);
    box.checked = layer.visible; // a reloaded page may remember another state
    box.addEventListener('change', () => setVisible(state, layer, box.checked));
  }
}

function wireBases(state) {
  for (const radio of document.querySelectorAll('input[name="knr-base"]')) {
    radio.checked = radio.value === '-1';
    radio.addEventListener('change', () => setBase(state, state.bases[Number(radio.value)]));
  }
}

function setBase(state, base) {
  if (state.tiles) state.tiles.remove();
  showStatus('');
  state.base = base;
  state.tiles = base ? L.tileLayer(base.url, {maxNativeZoom: base.deepest, maxZoom: 18}) : null;
  if (state.tiles) {
    state.tiles.on('tileerror', () => showStatus(state.texts.tiles_failed));
    state.tiles.addTo(state.map);
  }
  for (const layer of state.layers) if (layer.backdrop && layer.canvas) layer.canvas.redraw();
  if (state.land) state.land.redraw();
  showCredits(state);
}

function wirePanelButton(state) {
  const button = document.getElementById('knr-toggle-panel'), panel = document.getElementById('knr-panel');
  button.addEventListener('click', () => {
    if (window.matchMedia('(max-width: 820px)').matches) {
      panel.scrollIntoView({behavior: 'smooth'});
      return;
    }
    const hidden = document.body.classList.toggle('knr-wide');
    button.setAttribute('aria-expanded', String(!hidden));
  });
  new ResizeObserver(() => state.map.invalidateSize({animate: false})).observe(state.map.getContainer());
}
