import { join } from 'node:path';
import { cacheFolder } from '../cache';

/** How to reach one cluster, and as whom. */
export interface Access {
  readonly server: string;
  /** PEM. */
  readonly certificateAuthority: string;
  readonly token: string;
}

/** Where the access to one of our own clusters is kept: never in the user's own file. */
export function kubeconfigFile(cluster: string): string {
  return join(cacheFolder(), 'clusters', cluster, 'kubeconfig');
}

/** One cluster and one user, as kubectl spells it. */
export interface Kubeconfig {
  readonly apiVersion: 'v1';
  readonly kind: 'Config';
  readonly 'current-context': string;
  readonly contexts: readonly [{ readonly name: string; readonly context: { cluster: string; user: string } }];
  readonly clusters: readonly [
    { readonly name: string; readonly cluster: { server: string; 'certificate-authority-data': string } },
  ];
  readonly users: readonly [{ readonly name: string; readonly user: { token: string } }];
}

/** A file for kubectl, Helm and Terraform that knows this cluster alone. JSON is YAML too. */
export function kubeconfig(name: string, { server, certificateAuthority, token }: Access): string {
  const config: Kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    contexts: [{ name, context: { cluster: name, user: name } }],
    clusters: [
      {
        name,
        cluster: { server, 'certificate-authority-data': Buffer.from(certificateAuthority).toString('base64') },
      },
    ],
    users: [{ name, user: { token } }],
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}
