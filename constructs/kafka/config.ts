import { properties } from '../properties';

/** For workloads of the platform. */
export const INTERNAL_PORT = 29092;
/** For clients outside the platform; published. */
export const EXTERNAL_PORT = 9092;
export const DATA_FOLDER = '/var/lib/kafka/data';

/** `server.properties` of a single broker; the addresses it announces are facts of the platform and come by `--override`. */
export function serverProperties(zookeeper: string): string {
  return properties({
    'broker.id': 0,
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
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    // The default of 50 partitions is for large clusters and costs seconds at each start.
    'offsets.topic.num.partitions': 3,
    'transaction.state.log.num.partitions': 3,
    'group.initial.rebalance.delay.ms': 0,
  });
}

/**
 * An ApiVersions request (key 18, version 0, correlation id 1, client id null): the first thing every client asks, and
 * it needs no topic. The answer begins with its length and the same correlation id.
 */
export const apiVersions = {
  request: '0000000a001200000000' + '0001' + 'ffff',
  answer: /^[0-9a-f]{8}00000001/,
  bytes: 8,
};
