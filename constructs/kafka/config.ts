import { properties } from '../properties';

/** For workloads of the platform. */
export const INTERNAL_PORT = 29092;
/** For clients outside the platform; published. */
export const EXTERNAL_PORT = 9092;
export const DATA_FOLDER = '/var/lib/kafka/data';

/** Copies of each topic that so many brokers keep: a third one is what lets any one of them be lost while records are written. */
export function replicationFactor(brokers: number): number {
  return Math.min(3, brokers);
}

/**
 * `server.properties` of every broker; the addresses it announces, and which one of several it is, are facts of the platform
 * and come by `--override`.
 */
export function serverProperties(zookeeper: string, brokers = 1): string {
  const copies = replicationFactor(brokers);
  /** An acknowledged record is on more than one broker, wherever there is more than one to spare. */
  const written = Math.max(1, copies - 1);
  return properties({
    ...(brokers === 1 ? { 'broker.id': 0 } : {}),
    'zookeeper.connect': zookeeper,
    // A killed broker that comes back finds its old session until it times out (18 s by default) and stops: NodeExists.
    'zookeeper.session.timeout.ms': 6000,
    listeners: `INTERNAL://0.0.0.0:${INTERNAL_PORT},EXTERNAL://0.0.0.0:${EXTERNAL_PORT}`,
    'listener.security.protocol.map': 'INTERNAL:PLAINTEXT,EXTERNAL:PLAINTEXT',
    'inter.broker.listener.name': 'INTERNAL',
    'log.dirs': DATA_FOLDER,
    // Topics are part of the contract and made by `migrate`; a misspelt name is an error, not a new topic.
    'auto.create.topics.enable': false,
    // One broker: the internal topics cannot have the three replicas that are the default.
    'offsets.topic.replication.factor': copies,
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': written,
    ...(brokers === 1
      ? {}
      : {
          'default.replication.factor': copies,
          // Also for the internal topics, which have no setting of their own for it.
          'min.insync.replicas': written,
          // A copy that lags behind never becomes the only one.
          'unclean.leader.election.enable': false,
        }),
    // The default of 50 partitions is for large clusters and costs seconds at each start.
    'offsets.topic.num.partitions': 3,
    'transaction.state.log.num.partitions': 3,
    'group.initial.rebalance.delay.ms': 0,
  });
}

/**
 * Starts one of several brokers. Clients outside reach each of them by a port of its own: the published one and those that
 * follow it. The shell gets `$0`, the index from 0, `$1`, the broker's name inside, and `$2`, the published `host:port`.
 */
export const startMember = [
  'exec kafka-server-start /run/config/server.properties --override broker.id=$0',
  `--override advertised.listeners=INTERNAL://$1:${INTERNAL_PORT},EXTERNAL://\${2%:*}:$((\${2##*:} + $0))`,
].join(' ');

/**
 * An ApiVersions request (key 18, version 0, correlation id 1, client id null): the first thing every client asks, and
 * it needs no topic. The answer begins with its length and the same correlation id.
 */
export const apiVersions = {
  request: '0000000a001200000000' + '0001' + 'ffff',
  answer: /^[0-9a-f]{8}00000001/,
  bytes: 8,
};
