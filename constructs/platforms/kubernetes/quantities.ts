/** Processor share in the API server's own spelling. Any other spelling of the same amount is a difference in every plan. */
export function cores(amount: number): string {
  const thousandths = Math.round(amount * 1000);
  return thousandths % 1000 === 0 ? String(thousandths / 1000) : `${thousandths}m`;
}

/** Memory or storage in the API server's own spelling. */
export function mebibytes(amount: number): string {
  return amount % 1024 === 0 ? `${amount / 1024}Gi` : `${amount}Mi`;
}

const units: Readonly<Record<string, number>> = {
  '': 1,
  m: 1 / 1000,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** A quantity as a number: cores or bytes. */
export function quantity(text: string): number {
  const [, amount, unit] = /^([0-9.]+)([A-Za-z]*)$/.exec(text) ?? [];
  const factor = units[unit ?? '?'];
  if (amount === undefined || factor === undefined) throw new Error(`"${text}" is no quantity of Kubernetes`);
  return Number(amount) * factor;
}
