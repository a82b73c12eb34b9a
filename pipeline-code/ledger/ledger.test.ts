import type { Run } from '../contract';
import { acknowledgedIds, drawUp, type LedgerFacts } from './ledger';

const run: Run = {
  run_id: 'r',
  state: 'succeeded',
  users: 4,
  acknowledged: 4,
  source: 'twin',
  seed: 'r',
  attempt: 1,
  created_at: '2026-11-23T14:00:00Z',
  updated_at: '2026-11-23T14:00:01Z',
};
const ids = acknowledgedIds(run);
const sent = ids.map((id, offset) => ({ id, partition: 0, offset }));
const allStored: LedgerFacts = {
  run,
  sent,
  storedIds: new Set(ids),
  deadLetters: [],
  progress: [{ partition: 0, end: 8, done: 8 }],
};

describe('the ledger', () => {
  it('balances when everything is stored', () => {
    expect(drawUp(allStored)).toMatchObject({
      produced: 4,
      inTopic: 4,
      stored: 4,
      deadLettered: 0,
      missing: [],
      balanced: true,
    });
  });

  it('does not balance when a row is lost, and names it (DEFECTS 3)', () => {
    const ledger = drawUp({ ...allStored, storedIds: new Set(ids.slice(1)) });
    expect(ledger).toMatchObject({ stored: 3, missing: [ids[0]], balanced: false });
  });

  it('does not balance when Kafka has lost what it acknowledged', () => {
    expect(drawUp({ ...allStored, sent: sent.slice(1) })).toMatchObject({ inTopic: 3, balanced: false });
  });

  it('counts a record that was sent twice after a crash once', () => {
    const twice = [...sent, ...sent.map((one) => ({ ...one, offset: one.offset + 4 }))];
    expect(drawUp({ ...allStored, sent: twice })).toMatchObject({ produced: 4, stored: 4, balanced: true });
  });

  it('counts a dead letter that was written twice once, and those of others only in all', () => {
    const ledger = drawUp({
      ...allStored,
      storedIds: new Set(ids.slice(1)),
      deadLetters: ['0/0', '0/0', '1/0', '2/9'],
    });
    expect(ledger).toMatchObject({ stored: 3, deadLettered: 1, deadLetteredInAll: 3, missing: [], balanced: true });
  });

  it('knows what is on its way', () => {
    const ledger = drawUp({
      ...allStored,
      storedIds: new Set(ids.slice(0, 2)),
      progress: [{ partition: 0, end: 8, done: 2 }],
    });
    expect(ledger).toMatchObject({ stored: 2, inFlight: 2, inFlightInAll: 6, balanced: true });
    expect(ledger.missing).toHaveLength(2);
  });

  it('takes everything for on its way when the stream has not published anything', () => {
    const progress = [{ partition: 0, end: 4, done: 0 }];
    expect(drawUp({ ...allStored, storedIds: new Set(), progress })).toMatchObject({ inFlight: 4, balanced: true });
  });

  it('is not disturbed by a dead letter under the name of a run that never produced it', () => {
    const forged = { id: 'x', partition: 1, offset: 7 };
    const ledger = drawUp({ ...allStored, sent: [...sent, forged], deadLetters: ['1/7'] });
    expect(ledger).toMatchObject({ deadLettered: 0, deadLetteredInAll: 1, balanced: true });
  });

  it('does not take a row of another run for one of its own', () => {
    expect(drawUp({ ...allStored, storedIds: new Set(['a', 'b', 'c', 'd']) })).toMatchObject({
      stored: 0,
      balanced: false,
    });
  });
});
