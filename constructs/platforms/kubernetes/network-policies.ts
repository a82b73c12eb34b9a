import type {
  NetworkPolicyV1SpecEgress,
  NetworkPolicyV1SpecEgressTo,
  NetworkPolicyV1SpecIngress,
} from '@cdktf/provider-kubernetes/lib/network-policy-v1';
import { type Connected, type External, externalsUsedBy } from '../../workload';
import { podLabels } from './labels';
import { type Reach, reach } from './reach';

/** Addresses that are not the internet: private networks, carrier networks and the machine's own link (cloud metadata). */
const NOT_INTERNET = ['10.0.0.0/8', '100.64.0.0/10', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'];

/** Names are resolved by the cluster's own DNS, wherever it runs in its system namespace. */
export const dnsEgress: NetworkPolicyV1SpecEgress = {
  to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }],
  ports: [
    { port: '53', protocol: 'UDP' },
    { port: '53', protocol: 'TCP' },
  ],
};

export interface Rules {
  readonly ingress: NetworkPolicyV1SpecIngress[];
  readonly egress: NetworkPolicyV1SpecEgress[];
}

/**
 * What each workload may connect to and who may connect to it. A published port needs no rule: `kubectl port-forward`
 * arrives on the loopback address of the pod, so that opening the port to other pods would only widen it.
 */
export function networkRules(workloads: readonly Connected[]): Map<string, Rules> {
  const outgoing = reach(workloads);
  const labels = (name: string) => ({ ...(workloads.find((one) => one.name === name)?.pods ?? podLabels(name)) });
  return new Map(
    workloads.map((workload) => {
      const { name, internet } = workload;
      const clients = new Map(
        [...outgoing].flatMap(([client, servers]) => (servers.has(name) ? [[client, servers.get(name)!]] : [])),
      );
      const ingress = rules(clients, labels).map(({ peer, ports }) => ({ from: [peer], ports }));
      const inside = rules(outgoing.get(name)!, labels).map(({ peer, ports }) => ({ to: [peer], ports }));
      const outside = internet ? [{ to: [{ ipBlock: { cidr: '0.0.0.0/0', except: NOT_INTERNET } }] }] : [];
      // The programs of a chart are one to us: what they say to each other is their affair.
      const own = workload.pods ? [{ podSelector: { matchLabels: labels(name) } }] : [];
      return [
        name,
        {
          ingress: [...ingress, ...own.map((peer) => ({ from: [peer] }))],
          egress: [
            ...inside,
            ...own.map((peer) => ({ to: [peer] })),
            ...externalsUsedBy(workload).flatMap(elsewhere),
            ...outside,
          ],
        },
      ];
    }),
  );
}

/** A policy knows addresses and namespaces, not names: each host of a server becomes what comes closest to it. */
function elsewhere({ hosts }: External): NetworkPolicyV1SpecEgress[] {
  const open = hosts.map(({ host, port }) => ({
    to: [peerOf(host)],
    ports: [{ port: String(port), protocol: 'TCP' }],
  }));
  // Of several names outside of the cluster one rule is enough.
  return open.filter((rule, at) => open.findIndex((other) => JSON.stringify(other) === JSON.stringify(rule)) === at);
}

function peerOf(host: string): NetworkPolicyV1SpecEgressTo {
  if (/^[\d.]+$/.test(host)) return { ipBlock: { cidr: `${host}/32` } };
  const namespace = /\.([^.]+)\.svc(\.|$)/.exec(host)?.[1];
  if (namespace !== undefined)
    return { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } };
  // The addresses behind a name change: its port is opened to every address.
  return { ipBlock: { cidr: '0.0.0.0/0' } };
}

function rules(peers: Reach, labels: (name: string) => Record<string, string>) {
  return [...peers].map(([name, ports]) => ({
    peer: { podSelector: { matchLabels: labels(name) } },
    ports: [...ports].sort((a, b) => a - b).map((port) => ({ port: String(port), protocol: 'TCP' })),
  }));
}
