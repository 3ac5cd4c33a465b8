// Runs one Auth0 Action. On stdin: {code, handler, event, sandbox, timeLimit} as JSON, the limit in milliseconds.
// On stdout: {status, …} as JSON, once.
//
// The Action gets a context of its own that holds the language and nothing of Node: no require, no process, no timers
// and no network. It is handed only strings and functions made inside of that context, so that no object of this side
// is within its reach. That keeps mistakes and hostile text in; node:vm is no wall against someone who writes
// Actions to break out of it.
'use strict';

const fs = require('node:fs');
const vm = require('node:vm');

const { code, handler, event, sandbox, timeLimit } = JSON.parse(fs.readFileSync(0, 'utf8'));

function run() {
  const context = vm.createContext(Object.create(null), {
    codeGeneration: { strings: false, wasm: false },
    // Promise jobs run before runInContext returns, so that the time limit holds for them too.
    microtaskMode: 'afterEvaluate',
  });
  let action;
  try {
    action = vm.compileFunction(code, ['exports', 'module'], { filename: 'action.js', parsingContext: context });
  } catch (error) {
    return JSON.stringify({ status: 'threw', message: `${error.name}: ${error.message}` });
  }
  Object.assign(context, { action, handler, event: JSON.stringify(event) });
  try {
    return vm.runInContext(sandbox, context, { filename: 'sandbox.js', timeout: timeLimit })();
  } catch (error) {
    if (error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') {
      return JSON.stringify({ status: 'timed-out' });
    }
    throw error;
  }
}

process.stdout.write(run());
