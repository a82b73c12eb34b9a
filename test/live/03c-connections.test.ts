import { endpointsUsedBy } from '../../constructs/workload';
import { resolveSettings } from '../../stacks/settings';
import { declaredWorkloads } from '../../stacks/declared';
import { declaredTargets, SILENT, tryConnections, type Tried } from './support/connections';
import { container, exec } from './support/engine';

/**
 * An engine has networks where a cluster has policies: a server and all its clients share one, so its clients see each
 * other as well (docs/security.md). Everything else must be as on Kubernetes.
 */
describe('of all connections between all containers', () => {
  const workloads = declaredWorkloads(resolveSettings({}));
  let tried: Tried[];

  beforeAll(async () => {
    const addresses = new Map<string, string[]>();
    for (const { name, runs } of workloads) {
      if (runs !== 'forever') continue;
      const { NetworkSettings: seen } = await (await container(name)).inspect();
      addresses.set(
        name,
        Object.values(seen.Networks).map(({ IPAddress: address }) => address),
      );
    }
    tried = await tryConnections(
      workloads,
      declaredTargets(workloads, (name) => addresses.get(name)!),
      exec,
    );
  }, 240_000);

  /** The networks of a workload: its own as a server, and those of the servers it uses. A mesh is declared both ways. */
  const networksOf = (name: string): string[] => [
    name,
    ...endpointsUsedBy(workloads.find((one) => one.name === name)!).map(({ workload }) => workload),
  ];
  const apart = ({ from, to }: Tried): boolean => {
    const there = networksOf(to.split(':')[0]!);
    return !networksOf(from).some((network) => there.includes(network));
  };

  it('each declared one works', () => {
    expect(tried.filter((one) => one.declared).length).toBeGreaterThan(15);
    expect(tried.filter((one) => one.declared && !one.opened && !SILENT.has(one.to))).toEqual([]);
  });

  it('each other one is refused, but for those between members of one network', () => {
    const others = tried.filter((one) => !one.declared);
    expect(others.length).toBeGreaterThan(150);
    expect(others.filter(apart).length).toBeGreaterThan(100);
    expect(others.filter((one) => apart(one) && one.opened)).toEqual([]);
  });
});
