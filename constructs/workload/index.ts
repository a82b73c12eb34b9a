export * from './graph';
export * from './health';
export * from './validate';
export * from './workload';
