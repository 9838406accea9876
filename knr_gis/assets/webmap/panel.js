// The panel: check boxes by theme, opacity, legend, credits, base maps.

function showStatus(text) {
  const status = document.getElementById('knr-status');
  status.textContent = text;
  status.hidden = !text;
}

/** Switch a layer on or off: canvases, legend, check boxes and credits follow. */
function setVisible(state, layer, visible) {
  layer.visible = visible;
  showLayer(state, layer);
  for (const legend of document.querySelectorAll('[data-legend]')) {
    if (legend.dataset.legend === layer.id) legend.hidden = !visible;
  }
  for (const box of document.querySelectorAll('input[data-layer]')) if (box.dataset.layer === layer.id) box.checked = visible;
  markThemes(state);
  redrawLabels(state);
  showCredits(state);
  state.refreshList();
}

/** The box of a theme is on, off, or between where some of its layers are on. */
function markThemes(state) {
  for (const box of document.querySelectorAll('input[data-theme]')) {
    const layers = layersOfTheme(state, box), on = layers.filter((layer) => layer.visible).length;
    box.checked = on > 0;
    box.indeterminate = on > 0 && on < layers.length;
  }
}

function layersOfTheme(state, box) {
  const ids = [...box.closest('fieldset').querySelectorAll('input[data-layer]')].map((one) => one.dataset.layer);
  return state.layers.filter((layer) => ids.includes(layer.id));
}

/** Credits of everything that is on the screen, each once. */
function showCredits(state) {
  const shown = state.layers.filter((layer) => state.screens.some((screen) => isOn(layer, screen)));
  const credits = [...new Set(shown.flatMap((layer) => layer.credit.split('／')))];
  const target = document.getElementById('knr-credit-text');
  target.textContent = credits.join('／');
  if (!state.base) return;
  const link = element('a', inLanguage(state, state.base.credit));
  link.href = state.base.page;
  link.rel = 'noopener noreferrer';
  link.target = '_blank';
  target.append(credits.length ? '／' : '', link);
}

function wireLayers(state) {
  const layerOf = (id) => state.layers.find((one) => one.id === id);
  for (const box of document.querySelectorAll('input[data-layer]')) {
    box.addEventListener('change', () => { setVisible(state, layerOf(box.dataset.layer), box.checked); keepLink(state); });
  }
  for (const box of document.querySelectorAll('input[data-theme]')) {
    box.addEventListener('change', () => {
      const on = box.checked; // each layer that follows marks the box anew
      for (const layer of layersOfTheme(state, box)) setVisible(state, layer, on);
      keepLink(state);
    });
  }
  for (const range of document.querySelectorAll('input[data-opacity]')) {
    range.value = 100;
    range.addEventListener('input', () => setStrength(state, layerOf(range.dataset.opacity), range.value / 100));
    range.addEventListener('change', () => keepLink(state));
  }
  for (const button of document.querySelectorAll('button[data-zoom]')) {
    button.addEventListener('click', () => zoomToLayer(state, layerOf(button.dataset.zoom)));
  }
  for (const button of document.querySelectorAll('button[data-list]')) {
    button.addEventListener('click', () => {
      setVisible(state, layerOf(button.dataset.list), true);
      state.openList(button.dataset.list);
    });
  }
  wireMore();
}

function wireMore() {
  for (const button of document.querySelectorAll('button[data-more]')) {
    const tune = [...document.querySelectorAll('[data-tune]')].find((one) => one.dataset.tune === button.dataset.more);
    button.addEventListener('click', () => {
      tune.hidden = !tune.hidden;
      button.setAttribute('aria-expanded', String(!tune.hidden));
    });
  }
}

function zoomToLayer(state, layer) {
  const box = layerBox(state, layer);
  if (!box) return;
  setVisible(state, layer, true);
  state.map.fitBounds(latLngBounds(box), {padding: [20, 20], maxZoom: 15, animate: false});
}

function wirePatterns(state) {
  const box = document.getElementById('knr-patterns');
  box.checked = false;
  box.addEventListener('change', () => {
    state.patterned = box.checked;
    document.documentElement.classList.toggle('knr-patterned', box.checked);
    for (const layer of state.layers) redrawLayer(state, layer);
  });
}

function wireBases(state) {
  for (const radio of document.querySelectorAll('input[name="knr-base"]')) {
    radio.checked = radio.value === '-1';
    radio.addEventListener('change', () => setBase(state, state.bases[Number(radio.value)]));
  }
}

function setBase(state, base) {
  for (const screen of state.screens) if (screen.tiles) screen.tiles.remove();
  showStatus('');
  state.base = base;
  for (const screen of state.screens) addTiles(state, screen);
  for (const layer of state.layers) if (layer.backdrop) redrawLayer(state, layer);
  showCredits(state);
}

function addTiles(state, screen) {
  const base = state.base;
  screen.tiles = base ? L.tileLayer(base.url, {maxNativeZoom: base.deepest, maxZoom: 18}) : null;
  if (screen.tiles) {
    screen.tiles.on('tileerror', () => showStatus(tell(state, 'tiles_failed')));
    screen.tiles.addTo(screen.map);
  }
  if (screen.land) screen.land.redraw();
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
  new ResizeObserver(() => { for (const screen of state.screens) screen.map.invalidateSize({animate: false}); }).observe(state.map.getContainer());
}
