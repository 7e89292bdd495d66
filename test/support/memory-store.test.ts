import { describeAudit } from '../contracts/audit.contract.ts';
import { describeStore } from '../contracts/store.contract.ts';
import { memoryPlace } from './memory-store.ts';

describeStore('the memory store', memoryPlace);
describeAudit('the memory store', memoryPlace);
