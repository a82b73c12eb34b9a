import { properties } from '../properties';

export const CLIENT_PORT = 2181;
/** Followers fetch from the leader here. */
export const QUORUM_PORT = 2888;
export const ELECTION_PORT = 3888;
export const DATA_FOLDER = '/var/lib/zookeeper/data';

/**
 * `zookeeper.properties` of every server.
 *
 * @param hosts names of all servers; one of several reads from `myid` in its data folder which one it is, from 1
 */
export function zookeeperProperties(hosts: readonly string[] = ['zookeeper']): string {
  return properties({
    dataDir: DATA_FOLDER,
    clientPort: CLIENT_PORT,
    tickTime: 2000,
    // Snapshots and logs are never removed otherwise.
    'autopurge.snapRetainCount': 3,
    'autopurge.purgeInterval': 24,
    // The admin server has no authentication and listens on every address.
    'admin.enableServer': false,
    // `ruok` is what the health check asks.
    '4lw.commands.whitelist': 'ruok,srvr',
    ...(hosts.length > 1 ? quorum(hosts) : {}),
  });
}

function quorum(hosts: readonly string[]): Record<string, string | number | boolean> {
  return {
    // In ticks: to find the leader and copy what it has, and to lag behind it.
    initLimit: 10,
    syncLimit: 5,
    // Its own name may not be known to the DNS yet when a server starts.
    quorumListenOnAllIPs: true,
    ...Object.fromEntries(hosts.map((host, i) => [`server.${i + 1}`, `${host}:${QUORUM_PORT}:${ELECTION_PORT}`])),
  };
}

/** Writes which one of the servers it is, and starts. The index comes as `$0`, from 0. */
export const startMember = `echo $(($0 + 1)) > ${DATA_FOLDER}/myid && exec zookeeper-server-start /run/config/zookeeper.properties`;
