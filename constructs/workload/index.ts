export * from './graph';
export * from './health';
export * from './release';
export * from './validate';
export * from './workload';
