// Runs SQL statements as an application does: Turso's client, a database's URL, and a token of an identity provider.
//
// Reads [{"url", "token", "sql"}, …] from stdin, and writes as many outcomes to stdout, in this order.
//
// Turso's page "External Auth Providers" imports `createClient` from "@tursodatabase/serverless". As of version 1.4.0
// it is exported by "@tursodatabase/serverless/compat" alone.
import { createClient } from '@tursodatabase/serverless/compat';
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
    return failure(error.message);
  } finally {
    client.close();
  }
}

// The client drops the body of an answer that is not 200, and with it the reason: the status is all there is to see.
function failure(message) {
  if (/not authorized/.test(message)) {
    return { denied: message };
  }
  return /^HTTP error! status: 40[01]$/.test(message) ? { unauthorized: message } : { failed: message };
}
