// open-registry.js REGISTRY: prints how many milliseconds a fresh process takes to open it, after the import of the library.
import { PluginManager } from 'bulkhead';

const began = performance.now();
const manager = await PluginManager.open(process.argv[2] ?? '');
const duration = performance.now() - began;
await manager.close();
console.log(duration);
