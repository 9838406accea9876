// Japanese and English: both are in the page; what the program itself writes follows the choice.

const LANGUAGES = ['ja', 'en'];

/** A text that is the same in both languages is a string, else [Japanese, English]. */
function inLanguage(state, text) {
  return Array.isArray(text) ? text[LANGUAGES.indexOf(state.language)] : text;
}

/** A sentence of the page by its key, with its blanks filled in. */
function tell(state, key, values) {
  return fillIn(inLanguage(state, state.texts[key]), values || {});
}

function setLanguage(state, language) {
  if (!LANGUAGES.includes(language)) return;
  state.language = language;
  document.documentElement.lang = language;
  document.title = inLanguage(state, state.title);
  for (const node of document.querySelectorAll('[data-words]')) {
    for (const [name, text] of Object.entries(JSON.parse(node.dataset.words))) node.setAttribute(name, inLanguage(state, text));
  }
  for (const follow of state.followers) follow();
}

function wireLanguage(state) {
  const button = document.getElementById('knr-language');
  button.addEventListener('click', () => {
    setLanguage(state, state.language === 'ja' ? 'en' : 'ja');
    button.lang = state.language === 'ja' ? 'en' : 'ja';
    keepLink(state);
  });
}
