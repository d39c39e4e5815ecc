import { endpoints } from '@touchstone/api';
import { type Client, TouchstoneError } from '@touchstone/client';
import { CliError } from '../cli-error.ts';
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
  const call = { params: { journeyId: id }, query: { customerId: customer, asOf } };
  const journey = await readWhole(client, endpoints.getJourney, call).catch((error) => {
    throw ambiguous(error, id) ?? error;
  });
  if (json) return console.log(JSON.stringify(journey, null, 2));
  console.log(showJourney(journey, await titlesInForce(client)));
}

export async function runCustomer(client: Client, id: string, { asOf, json }: At): Promise<void> {
  const customer = await readWhole(client, endpoints.getCustomer, { params: { customerId: id }, query: { asOf } });
  if (json) return console.log(JSON.stringify(customer, null, 2));
  console.log(showCustomer(customer, await titlesInForce(client)));
}

/** Two customers use one journey id: names the commands that tell them apart. */
function ambiguous(error: unknown, id: string): CliError | undefined {
  if (!(error instanceof TouchstoneError) || error.status !== 409) return undefined;
  const customers = Array.isArray(error.problem.customers) ? (error.problem.customers as string[]) : [];
  const commands = customers.map((customer) => `  pnpm touchstone journey ${id} --customer ${customer}`);
  return new CliError(`Several customers have a journey ${id}. Name one:\n${commands.join('\n')}`);
}
