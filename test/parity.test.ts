import { reach } from '../constructs/platforms/kubernetes/reach';
import { declared } from './recorder';
import { type Json, synthesise } from './synth';
import { dockerContainers, dockerViews, kubernetesViews, type View } from './views';

/** Differences that are meant. One that is gone must go from here too. */
const meant: readonly { workload: string; field: keyof View; because: string }[] = [];

const local = synthesise('local');
const k8s = synthesise('k8s');
const onDocker = dockerViews(local);
const onKubernetes = kubernetesViews(k8s);
const workloads = declared();
const names = workloads.map((w) => w.name).sort();

const without = (view: View, fields: readonly string[]) =>
  Object.fromEntries(Object.entries(view).filter(([field]) => !fields.includes(field)));

test('moving to a cluster loses no program: both platforms run the same workloads', () => {
  expect([...onDocker.keys()].sort()).toEqual(names);
  expect([...onKubernetes.keys()].sort()).toEqual(names);
});

test.each(names)('%s runs on a cluster as it does on a laptop: process, environment, files, order, limits', (name) => {
  const fields = meant.filter((m) => m.workload === name).map((m) => m.field);
  const [docker, kubernetes] = [onDocker.get(name)!, onKubernetes.get(name)!];
  expect(without(kubernetes, fields)).toEqual(without(docker, fields));
  for (const field of fields) expect(kubernetes[field]).not.toEqual(docker[field]);
});

test.each(workloads)('$name listens where its clients look on both platforms', ({ name, ports = {} }) => {
  const service = k8s.resource['kubernetes_service_v1']![name];
  const numbers = Object.values(ports).map((p) => p.number);
  expect((service?.spec.port ?? []).map((p: Json) => p.port)).toEqual(numbers);
  const published = Object.values(ports).filter((p) => p.publish !== undefined);
  expect(dockerContainers(local).find(([n]) => n === name)![1].ports).toEqual(
    published.map((p) => ({ internal: p.number, external: p.publish, ip: '127.0.0.1', protocol: 'tcp' })),
  );
});

test('whoever may connect to a server on a cluster can also do so on Docker', () => {
  const networks = (name: string): string[] =>
    dockerContainers(local)
      .find(([n]) => n === name)![1]
      .networks_advanced.map((n: Json) => n.name);
  for (const [client, servers] of reach(workloads)) {
    for (const server of servers.keys()) {
      const common = networks(client).filter((n) => networks(server).includes(n) && !/\.(edge|internet)\./.test(n));
      expect([client, server, common.length > 0]).toEqual([client, server, true]);
    }
  }
});
