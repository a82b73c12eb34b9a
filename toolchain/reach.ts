/** Whether an address answers in a moment. A closed network says no at once, an overloaded one would hang. */
export async function answers(url: string, seconds = 4): Promise<boolean> {
  try {
    return (await fetch(url, { method: 'GET', signal: AbortSignal.timeout(seconds * 1000) })).ok;
  } catch {
    return false;
  }
}
