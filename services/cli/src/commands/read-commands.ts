import { type Client, TouchstoneError } from '@touchstone/client';
import { CliError } from '../cli-error.ts';
import { customerAnswer, journeyAnswer, readAnswer } from './answers.ts';
import { readWhole } from './read-pages.ts';
import { showCustomer } from './show-customer.ts';
import { showJourney } from './show-journey.ts';
import { titlesInForce } from './titles.ts';

interface At {
  readonly asOf: string | undefined;
  readonly json: boolean;
}

export async function runJourney(
  client: Client,
  id: string,
  { customer, asOf, json }: At & { readonly customer: string | undefined },
): Promise<void> {
  const path = `/v1/journeys/${encodeURIComponent(id)}`;
  const answer = await readWhole(client, path, { customerId: customer, asOf }).catch((error) => {
    throw ambiguous(error, id) ?? error;
  });
  if (json) return console.log(JSON.stringify(answer, null, 2));
  console.log(showJourney(readAnswer(journeyAnswer, answer, path), await titlesInForce(client)));
}

export async function runCustomer(client: Client, id: string, { asOf, json }: At): Promise<void> {
  const path = `/v1/customers/${encodeURIComponent(id)}`;
  const answer = await readWhole(client, path, { asOf });
  if (json) return console.log(JSON.stringify(answer, null, 2));
  console.log(showCustomer(readAnswer(customerAnswer, answer, path), await titlesInForce(client)));
}

/** Two customers use one journey id: names the commands that tell them apart. */
function ambiguous(error: unknown, id: string): CliError | undefined {
  if (!(error instanceof TouchstoneError) || error.status !== 409) return undefined;
  const customers = Array.isArray(error.problem.customers) ? (error.problem.customers as string[]) : [];
  const commands = customers.map((customer) => `  pnpm touchstone journey ${id} --customer ${customer}`);
  return new CliError(`Several customers have a journey ${id}. Name one:\n${commands.join('\n')}`);
}
