import { properties } from '../properties';

export const CLIENT_PORT = 2181;
export const DATA_FOLDER = '/var/lib/zookeeper/data';

/** `zookeeper.properties` of a single server. */
export function zookeeperProperties(): string {
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
  });
}
