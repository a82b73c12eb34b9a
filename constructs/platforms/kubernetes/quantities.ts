/** Processor share in the API server's own spelling. Any other spelling of the same amount is a difference in every plan. */
export function cores(amount: number): string {
  const thousandths = Math.round(amount * 1000);
  return thousandths % 1000 === 0 ? String(thousandths / 1000) : `${thousandths}m`;
}

/** Memory or storage in the API server's own spelling. */
export function mebibytes(amount: number): string {
  return amount % 1024 === 0 ? `${amount / 1024}Gi` : `${amount}Mi`;
}
