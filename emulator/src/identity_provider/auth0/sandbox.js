// The part of the runner that lives in the Action's context: it makes `event` and `api` of that context's own objects,
// runs the handler, and evaluates to a function that tells how it went.
(() => {
  'use strict';
  const { action, handler, event } = globalThis;
  for (const name of ['action', 'handler', 'event']) {
    delete globalThis[name];
  }
  const { parse, stringify } = JSON;
  const report = { status: 'unsettled', claims: [], idClaims: [], denied: null };

  const deny = (code, reason) => {
    report.denied ??= { code: String(code), reason: String(reason) };
    return api;
  };
  const denyLogin = (reason) => deny('access_denied', reason);
  const denyExchange = (code, reason) => {
    if (!['invalid_scope', 'invalid_request', 'server_error'].includes(code)) {
      throw new TypeError(`api.access.deny: ${String(code)} is not one of invalid_scope, invalid_request, server_error`);
    }
    return deny(code, reason ?? '');
  };
  const setterOf = (token, claims) => ({
    setCustomClaim(name, value) {
      if (typeof name !== 'string') {
        throw new TypeError(`api.${token}.setCustomClaim: the name is not a string`);
      }
      // Taken down now: what the Action does to the value afterwards is no longer its claim. JSON has no word for
      // undefined and functions, and such a claim isn't set.
      const text = stringify(value);
      if (text !== undefined) {
        claims.push([name, text]);
      }
      return api;
    },
  });
  const api = {
    access: { deny: handler === 'onExecutePostLogin' ? denyLogin : denyExchange },
    accessToken: setterOf('accessToken', report.claims),
    idToken: setterOf('idToken', report.idClaims),
  };

  const run = async () => {
    const module = { exports: {} };
    action.call(module.exports, module.exports, module);
    const execute = module.exports[handler];
    if (typeof execute !== 'function') {
      return 'no-handler';
    }
    await execute(parse(event), api);
    return 'done';
  };
  const describe = (error) => {
    try {
      return String(error);
    } catch {
      return 'something that has no text';
    }
  };
  run().then(
    (status) => Object.assign(report, { status }),
    (error) => Object.assign(report, { status: 'threw', message: describe(error) }),
  );
  return () => stringify(report);
})();
