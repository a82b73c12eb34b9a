export * from './control-center';
