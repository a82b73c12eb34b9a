export * from './avro';
export * from './cassandra';
export * from './record';
export * from './run';
export * from './spark';
export * from './topics';
export * from './user-api';
