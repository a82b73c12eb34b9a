import { AssignerProtocol } from 'kafkajs';

import { countRecords, groupPartitions, lagOf, membersOf, settingsOf, totalLag, type Member } from './cluster';

const range = (low: bigint, high: bigint): { low: bigint; high: bigint } => ({ low, high });

describe('lag', () => {
  test('is what Kafka still holds behind the committed offset', () => {
    expect(lagOf(40n, range(0n, 100n))).toEqual({ committed: 40n, high: 100n, lag: 60n });
    expect(lagOf(100n, range(0n, 100n))).toEqual({ committed: 100n, high: 100n, lag: 0n });
  });

  test('is exact beyond what a double can hold', () => {
    expect(lagOf(9_007_199_254_740_993n, range(0n, 9_007_199_254_740_996n)).lag).toBe(3n);
  });

  test('is unknown, not zero, where nothing was committed', () => {
    expect(lagOf(undefined, range(0n, 5n))).toEqual({ high: 5n, note: 'nothing committed yet' });
    expect(lagOf(-1n, range(0n, 5n)).lag).toBeUndefined();
  });

  test('is unknown where the topic has been deleted', () => {
    expect(lagOf(3n, undefined)).toEqual({ committed: 3n, note: expect.stringContaining('gone') });
  });

  test('is never negative where a topic was made anew', () => {
    expect(lagOf(50n, range(0n, 2n))).toMatchObject({ lag: 0n, note: expect.stringContaining('made anew') });
  });

  test('tells how many records retention took from the group', () => {
    expect(lagOf(10n, range(25n, 40n))).toMatchObject({ lag: 30n, note: '15 of them already deleted by retention' });
  });

  test('in total counts what is known and says when nothing is', () => {
    const row = { topic: 't', partition: 0 };
    expect(totalLag([{ ...row, lag: 2n }, row, { ...row, lag: 3n }])).toBe(5n);
    expect(totalLag([row])).toBeUndefined();
  });
});

describe('the partitions of a group', () => {
  const ranges = new Map([
    [
      'users_created',
      new Map([
        [0, range(0n, 10n)],
        [1, range(0n, 4n)],
        [2, range(0n, 0n)],
      ]),
    ],
  ]);

  test('are shown for a group that has committed offsets and no member, as the stream has', () => {
    const committed = new Map([
      [
        'users_created',
        new Map([
          [1, 4n],
          [0, 7n],
          [2, -1n],
        ]),
      ],
    ]);
    expect(groupPartitions([], committed, ranges)).toEqual([
      { topic: 'users_created', partition: 0, committed: 7n, high: 10n, lag: 3n },
      { topic: 'users_created', partition: 1, committed: 4n, high: 4n, lag: 0n },
    ]);
  });

  test('name their reader, and include the ones that are assigned but not committed', () => {
    const members: Member[] = [
      { id: 'm1', client: 'c', host: 'h', assigned: [{ topic: 'users_created', partitions: [2] }] },
    ];
    expect(groupPartitions(members, new Map(), ranges)).toEqual([
      { topic: 'users_created', partition: 2, high: 0n, note: 'nothing committed yet', member: 'm1' },
    ]);
  });
});

test('members of a group that rebalances, or speaks another protocol, do not break the page', () => {
  const member = { memberId: 'm', clientId: 'c', clientHost: '/10.0.0.1', memberMetadata: Buffer.alloc(0) };
  const members = [
    { ...member, memberAssignment: Buffer.alloc(0) },
    { ...member, memberAssignment: Buffer.from('garbage') },
    {
      ...member,
      memberAssignment: AssignerProtocol.MemberAssignment.encode({
        version: 0,
        assignment: { users_created: [0, 2] },
        userData: Buffer.alloc(0),
      }),
    },
  ];
  const read = membersOf({ members } as never);
  expect(read.map(({ assigned }) => assigned)).toEqual([[], [], [{ topic: 'users_created', partitions: [0, 2] }]]);
  expect(read[0]!.host).toBe('10.0.0.1');
});

test('records of a topic are not claimed when one partition cannot be read', () => {
  const partition = { id: 0, replicas: [1], inSync: [1] };
  expect(
    countRecords([
      { ...partition, low: 2n, high: 9n },
      { ...partition, low: 0n, high: 1n },
    ]),
  ).toBe(8n);
  expect(countRecords([{ ...partition, low: 2n, high: 9n }, partition])).toBeUndefined();
});

test('settings made for a topic stand apart from the defaults of the broker', () => {
  const entry = { isDefault: false, isSensitive: false, readOnly: false, configSynonyms: [] };
  expect(
    settingsOf([
      { ...entry, configName: 'retention.ms', configValue: '1', configSource: 1 as never },
      { ...entry, configName: 'cleanup.policy', configValue: 'delete', configSource: 5 as never },
    ]),
  ).toEqual([
    { name: 'cleanup.policy', value: 'delete', own: false },
    { name: 'retention.ms', value: '1', own: true },
  ]);
});
