// Parts of a layer that the reader switches: values of a column (days), and a slider over numbers (minutes).

/** Tell for each feature whether it is shown, and draw again. */
function refreshSwitches(state, layer) {
  const n = layer.class.length, on = layer.on || new Uint8Array(n);
  const hidden = layer.hiddenParts, limit = layer.band ? state.bandLimit : null;
  for (let row = 0; row < n; row++) {
    const part = !layer.split || !hidden.has(layer.split.index[row]);
    const value = limit === null ? 0 : layer.band.values[row];
    on[row] = part && (limit === null || (value !== null && value <= limit)) ? 1 : 0;
  }
  layer.on = on;
}

function applySwitches(state, layer) {
  if (!layer.shapes) return; // they are applied when the layer is first shown
  refreshSwitches(state, layer);
  redrawLayer(state, layer);
}

function wireParts(state) {
  for (const box of document.querySelectorAll('input[data-split]')) {
    const layer = state.layers.find((one) => one.id === box.dataset.split);
    box.checked = true;
    box.addEventListener('change', () => {
      layer.hiddenParts[box.checked ? 'delete' : 'add'](Number(box.value));
      applySwitches(state, layer);
      redrawLabels(state);
      state.refreshList();
    });
  }
}

/** One slider for all layers that have numbers to go through; at its end everything is shown. */
function wireBand(state) {
  const range = document.getElementById('knr-band-range'), layers = state.layers.filter((layer) => layer.band);
  if (!range || !layers.length) return;
  const step = Math.min(...layers.map((layer) => layer.band.step)), end = Math.max(...layers.map((layer) => layer.band.end));
  range.max = Math.round(end / step) + 1;
  range.value = range.max;
  const tellBand = () => {
    const value = document.getElementById('knr-band-value'), all = state.bandLimit === null;
    document.getElementById('knr-band-title').textContent = inLanguage(state, layers[0].band.title);
    value.textContent = all ? tell(state, 'band_all') : tell(state, 'band_until', {value: state.bandLimit});
    range.setAttribute('aria-valuetext', value.textContent);
  };
  state.setBand = (limit) => {
    state.bandLimit = limit === null || limit > end ? null : limit;
    range.value = state.bandLimit === null ? range.max : Math.round(state.bandLimit / step);
    for (const layer of layers) applySwitches(state, layer);
    tellBand();
    state.refreshList();
  };
  range.addEventListener('input', () => {
    state.setBand(Number(range.value) === Number(range.max) ? null : Number(range.value) * step);
    keepLink(state);
  });
  wirePlay(state, range, step);
  state.followers.push(tellBand);
  tellBand();
}

function wirePlay(state, range, step) {
  const button = document.getElementById('knr-band-play');
  let timer = 0;
  const stop = () => { clearInterval(timer); timer = 0; button.setAttribute('aria-pressed', 'false'); };
  button.addEventListener('click', () => {
    if (timer) return stop();
    if (state.bandLimit === null) state.setBand(0);
    button.setAttribute('aria-pressed', 'true');
    timer = setInterval(() => {
      if (Number(range.value) >= Number(range.max)) return stop();
      const next = Number(range.value) + 1;
      state.setBand(next === Number(range.max) ? null : next * step);
    }, 600);
  });
}
