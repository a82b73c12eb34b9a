/** A query is no longer active. */
export class Ended extends Error {
  constructor(
    query: string,
    readonly exception: string,
  ) {
    super(`query ${query} ended: ${shortened(exception)}`);
  }
}

/** Spark says that all is well and nothing moves. */
export class Hanging extends Error {}

/** The registry has a version that the running plan does not know. */
export class PlanOutdated extends Error {}

const LONGEST_PAUSE_MS = 60_000;

/** The pause before the next attempt: doubled with each failure in a row, up to a minute. */
export function pauseMs(failures: number, random: () => number = Math.random): number {
  const full = Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** (failures - 1));
  // The first pause is short for a purpose: an outage that is over needs no more than a second.
  return failures === 1 ? full : Math.round(full * (0.75 + random() / 4));
}

/** What an operator can do about a failure that does not go away by itself. */
export function advice(message: string): string | undefined {
  if (/data may have been lost|failOnDataLoss|OffsetOutOfRange|offset was changed/i.test(message)) {
    return (
      'Kafka no longer holds records that were never stored: their retention has passed, or the topic was made anew. ' +
      'The stream stops here rather than hide a loss. To accept it and go on with what Kafka holds now, ' +
      'remove the checkpoint volume of the stream and deploy again: rows already stored are only written once more.'
    );
  }
  if (/UnauthorizedException|has no MODIFY permission|AuthenticationException/i.test(message)) {
    return 'Cassandra refuses the role of the stream: run migrate again, it sets roles, passwords and rights.';
  }
  return undefined;
}

/** The beginning of a Java exception and its root cause; what lies between is for Spark's own log. */
export function shortened(exception: string): string {
  const lines = exception
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('at ') && !line.startsWith('...'));
  const first = lines[0] ?? 'no reason given';
  const cause = lines.findLast((line) => line.startsWith('Caused by:'));
  return cause ? `${first.slice(0, 300)} (${cause.slice(0, 300)})` : first.slice(0, 600);
}
