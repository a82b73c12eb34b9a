import { RefusedError } from '../pipeline-code/migrate/roles';
import { IncompatibleSchemaError } from '../pipeline-code/migrate/subject';
import { failureText } from './failure';
import { diagnose, type Signature, signatures } from './signatures';

/** Who fails with a signature, for those that only one service has. */
function failing({ service, id }: Signature) {
  return { workload: service?.source.replace(/[\^$]/g, '') ?? 'kafka', oomKilled: id === 'out-of-memory' };
}

test.each(signatures.map((one) => [one.id, one] as const))('"%s" is known by what was really seen', (id, one) => {
  expect(diagnose({ ...failing(one), log: `something before\n${one.seen}\n  at something.after(It.java:1)` })?.id).toBe(
    id,
  );
});

it('every failure has a name of its own', () => {
  expect(new Set(signatures.map(({ id }) => id)).size).toBe(signatures.length);
});

test.each<[string, string, string, string | undefined]>([
  ['the words of migrate', 'migrate', new RefusedError().message, 'cassandra-password'],
  [
    'the words of migrate',
    'migrate',
    new IncompatibleSchemaError(
      { name: 'users_created-value', compatibility: 'BACKWARD', schema: '{"type":"record","name":"u","fields":[]}' },
      1,
      '{"type":"record","name":"u","fields":[]}',
    ).message,
    'schema-refused',
  ],
  [
    'a line that Terraform has broken',
    'Terraform',
    '╷\n│ Error: Unable to start container: Error response from daemon: driver failed\n│ ... Bind for 127.0.0.1:9042 failed: port is already\n│ allocated\n╵',
    'port-taken',
  ],
  [
    'Cassandra, which has words of its own for a full disk',
    'cassandra',
    'Caused by: java.io.IOException: Insufficient disk space to write 525 bytes into the system keyspace',
    'disk-full',
  ],
  ['a failure of somebody else', 'producer', 'KeeperErrorCode = NodeExists', undefined],
  ['nothing that is known', 'kafka', 'INFO all is well', undefined],
])('%s (%s) is told apart', (_, workload, log, id) => {
  expect(diagnose({ workload, log })?.id).toBe(id);
});

it('a failure shows the line that says why, also where a stack trace has pushed it away', () => {
  const trace = Array.from({ length: 30 }, (_, n) => `\tat kafka.Some(${n}.scala)`).join('\n');
  const log = `ERROR Invalid cluster.id in: /x. Expected a, but read b\n${trace}`;
  const text = failureText(
    { workload: 'kafka', why: 'ended with exit code 1', log, signature: diagnose({ workload: 'kafka', log }) },
    'deploy.log',
    'npx streaming logs it',
  ).join('\n');
  expect(text).toMatch(/^kafka ended with exit code 1\. Its last log lines:\n {2}ERROR Invalid cluster\.id/);
  expect(text).toMatch(/Likely cause: .*volume of ZooKeeper/);
  expect(text).toMatch(/What to do: Put the missing volume back/);
});

it('a failure in a bundle shows its message, and not the whole program', () => {
  const log = `/app/main.js:3\n${'x'.repeat(100_000)}\n^\nError: the twin has lost its words`;
  const text = failureText({ workload: 'random-user', why: 'x', log }, 'deploy.log', 'more').join('\n');
  expect(text).toContain('Error: the twin has lost its words');
  expect(text.length).toBeLessThan(1000);
});

it('the advice names the service', () => {
  const [line] = failureText(
    { workload: 'stream', why: 'x', log: '', signature: diagnose({ workload: 'stream', oomKilled: true, log: '' }) },
    'deploy.log',
    'npx streaming logs it',
  ).filter((one) => one.startsWith('What to do'));
  expect(line).toContain('"memoryMiB": { "stream"');
});
