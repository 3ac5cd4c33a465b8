// As examples/quickstart/javascript/run.mjs, by the client that came before.
import { createClient } from '@libsql/client/http';
import { text } from 'node:stream/consumers';

const outcomes = [];
for (const statement of JSON.parse(await text(process.stdin))) {
  outcomes.push(await run(statement));
}
process.stdout.write(JSON.stringify(outcomes));

async function run({ url, token, sql }) {
  const client = createClient({ url, authToken: token });
  try {
    const result = await client.execute(sql);
    return { done: { rows: result.rows.length, affected: result.rowsAffected } };
  } catch (error) {
    return failure(error);
  } finally {
    client.close();
  }
}

function failure(error) {
  if (/not authorized/.test(error.message)) {
    return { denied: error.message };
  }
  return [400, 401].includes(error.cause?.status) ? { unauthorized: error.message } : { failed: error.message };
}
