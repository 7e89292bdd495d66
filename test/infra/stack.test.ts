/** Everything about the synthesized stack, in one file so that each environment is synthesized once. */
import './access.cases.ts';
import './boundary.cases.ts';
import './docs.cases.ts';
import './fences.cases.ts';
import './log-in.cases.ts';
import './machines.cases.ts';
import './servicenow.cases.ts';
import './stores.cases.ts';
import './whole.cases.ts';
import './work.cases.ts';
