/** The first Ctrl-C (or SIGTERM) is an event; a second one ends the process as usual. */
export interface Interruption {
  readonly signal: AbortSignal;
  readonly happened: Promise<void>;
  /** From here on Ctrl-C ends the process again. */
  forget(): void;
}

export function interruption(): Interruption {
  const controller = new AbortController();
  const happened = new Promise<void>((resolve) => controller.signal.addEventListener('abort', () => resolve()));
  const forget = () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, once);
  };
  const once = () => {
    forget();
    controller.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, once);
  return { signal: controller.signal, happened, forget };
}
