/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/**
 * Runs in the browser: asks for the page again every few seconds and changes only what differs, so that opened details,
 * the selection and the focus stay. Everything works without it, by reloading. It is sent as its own source text: it
 * must use nothing from outside.
 */
export function keepFresh(): void {
  const EVERY_MS = 5_000;
  const button = document.querySelector<HTMLButtonElement>('#refresh');
  const state = document.querySelector<HTMLElement>('#refresh-state');
  if (!button || !state) return;
  let paused = false;
  let failing = false;

  const keyOf = (node: Node): string | undefined => (node instanceof HTMLElement ? node.dataset['key'] : undefined);

  const same = (old: Node, fresh: Node): boolean => old.nodeName === fresh.nodeName && keyOf(old) === keyOf(fresh);

  const change = (old: Node, fresh: Node): void => {
    if (old instanceof Element && fresh instanceof Element) {
      for (const { name } of [...old.attributes]) {
        // Whether details are open is the reader's choice.
        if (name !== 'open' && !fresh.hasAttribute(name)) old.removeAttribute(name);
      }
      for (const { name, value } of [...fresh.attributes]) {
        if (name !== 'open' && old.getAttribute(name) !== value) old.setAttribute(name, value);
      }
      changeChildren(old, fresh);
    } else if (old.nodeValue !== fresh.nodeValue) {
      old.nodeValue = fresh.nodeValue;
    }
  };

  const changeChildren = (old: Element, fresh: Element): void => {
    const keyed = new Map<string, Node>();
    for (const child of old.childNodes) {
      const key = keyOf(child);
      if (key !== undefined) keyed.set(key, child);
    }
    let place: Node | null = old.firstChild;
    for (const wanted of [...fresh.childNodes]) {
      const key = keyOf(wanted);
      const known = key === undefined ? undefined : keyed.get(key);
      if (known && same(known, wanted)) {
        if (known === place) place = place.nextSibling;
        else old.insertBefore(known, place);
        change(known, wanted);
      } else if (key === undefined && place && same(place, wanted)) {
        const current: Node = place;
        place = place.nextSibling;
        change(current, wanted);
      } else {
        old.insertBefore(wanted, place);
      }
    }
    while (place) {
      const gone: Node = place;
      place = place.nextSibling;
      gone.parentNode?.removeChild(gone);
    }
  };

  const show = (): void => {
    const now = new Date().toLocaleTimeString();
    state.textContent = paused ? 'Paused' : failing ? 'No answer, trying again' : `Updated ${now}`;
    state.dataset['state'] = paused ? 'paused' : failing ? 'failing' : 'fresh';
    button.textContent = paused ? 'Resume' : 'Pause';
  };

  const refresh = async (): Promise<void> => {
    if (paused || document.hidden) return;
    try {
      // A page that reports a service as down comes with 503; the mark lets it through without an error in the console.
      const response = await fetch(location.href, {
        headers: { 'x-refresh': '1' },
        signal: AbortSignal.timeout(8_000),
      });
      const fresh = new DOMParser().parseFromString(await response.text(), 'text/html').querySelector('main');
      const old = document.querySelector('main');
      if (!fresh || !old) throw new Error('not a page of the console');
      if (!paused) change(old, fresh);
      failing = false;
    } catch {
      failing = true;
    }
    show();
  };

  const loop = async (): Promise<void> => {
    await refresh();
    setTimeout(() => void loop(), EVERY_MS);
  };

  button.hidden = false;
  button.addEventListener('click', () => {
    paused = !paused;
    show();
    if (!paused) void refresh();
  });
  document.addEventListener('visibilitychange', () => void refresh());
  show();
  setTimeout(() => void loop(), EVERY_MS);
}

// Some compilers wrap functions in a helper of this name, which the browser does not have.
export const refreshScript = `const __name = (f) => f;\n(${keepFresh.toString()})();\n`;
