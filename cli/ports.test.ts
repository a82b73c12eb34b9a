import { type AddressInfo, createServer } from 'node:net';
import { resolveSettings } from '../stacks/settings';
import type { DockerDeployment } from './docker';
import { describeHolder, holderOf, listening } from './holder';
import { freeOffset, takenPorts } from './ports';

describe('a port that another program has', () => {
  const other = createServer();
  let port: number;
  beforeAll(async () => {
    other.listen(0, '127.0.0.1');
    await new Promise((done) => other.once('listening', done));
    port = (other.address() as AddressInfo).port;
  });
  afterAll(() => void other.close());

  const deployment = (published: object[]) => {
    const settings = resolveSettings({ portOffset: 3100 });
    return {
      settings: { ...settings, ports: { ...settings.ports, kafka: port } },
      docker: { listContainers: async () => published },
    } as unknown as DockerDeployment;
  };

  it('is found with the process that has it', async () => {
    const [taken] = await takenPorts(deployment([]));
    expect(taken).toMatchObject({ port, wantedBy: 'Kafka' });
    expect(taken!.heldBy).toContain(`process ${process.pid}, `);
  });

  it('is found with the container that publishes it, unless it is ours', async () => {
    const container = (labels: object) => ({ Names: ['/other-kafka'], Labels: labels, Ports: [{ PublicPort: port }] });
    const label = 'io.streaming-platform.deployment';
    expect(await takenPorts(deployment([container({ [label]: 'streaming' })]))).toEqual([]);
    expect(await takenPorts(deployment([container({ [label]: 'other' })]))).toMatchObject([
      { heldBy: 'container other-kafka of the deployment "other"' },
    ]);
    expect(await takenPorts(deployment([container({})]))).toMatchObject([{ heldBy: 'container other-kafka' }]);
  });

  it('of another user comes with the command that shows its process', () => {
    const rows = '  0: 0100007F:2384 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1\n';
    expect(listening(rows, 9092)).toEqual([{ uid: 1000, inode: '4711' }]);
    expect(listening(rows, 9093)).toEqual([]);
    expect(describeHolder({ kind: 'hidden', uid: 1000 }, 9092)).toBe(
      "a process of user 1000 (sudo ss -ltnp 'sport = :9092' names it)",
    );
    expect(holderOf(1)).toBeUndefined();
  });

  it('is moved to an offset that the settings allow and that is free', async () => {
    const offset = await freeOffset(1900);
    expect(() => resolveSettings({ portOffset: offset })).not.toThrow();
  });
});
