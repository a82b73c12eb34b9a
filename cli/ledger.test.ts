import type { Ledger } from '../pipeline-code/ledger/ledger';
import { ledgerLines } from './ledger';

describe('the ledger', () => {
  const run = {
    run_id: 'r',
    state: 'succeeded',
    users: 4,
    acknowledged: 4,
    source: 'twin',
    seed: 'r',
    attempt: 1,
    created_at: '',
    updated_at: '',
  } as const;
  const exact: Ledger = {
    run,
    produced: 4,
    inTopic: 4,
    stored: 3,
    deadLettered: 1,
    deadLetteredInAll: 1,
    inFlightInAll: 0,
    inFlight: 0,
    missing: [],
    balanced: true,
  };

  it('is shown as the equation that it is', () => {
    expect(ledgerLines(exact)).toEqual(['produced 4 = stored 3 + dead-lettered 1 + in flight 0']);
  });

  it('names what is missing when it does not balance', () => {
    expect(ledgerLines({ ...exact, stored: 2, missing: ['an-id'], balanced: false })).toEqual([
      'produced 4 ≠ stored 2 + dead-lettered 1 + in flight 0',
      'neither stored nor dead letters: an-id',
    ]);
  });
});
