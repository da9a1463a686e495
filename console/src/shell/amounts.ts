/** What is left of an amount is rounded up and what is taken down, so that both together are the whole. */
type Rounding = 'halfExpand' | 'floor' | 'ceil';

interface Saying {
  /** As many decimals in each, so that they can be compared where one stands below the other. */
  readonly isColumn?: boolean;
  readonly rounding?: Rounding;
}

/**
 * How sums of money beside each other are said: as exactly as the greatest of them needs, and none that is something as
 * nothing. All nine decimals are there where one amount stands by itself.
 */
export function sayingAmounts(
  greatest: number,
  language: string,
  { isColumn = true, rounding = 'halfExpand' }: Saying = {},
): (amount: number) => string {
  const decimals = greatest >= 1 || greatest === 0 ? 2 : greatest >= 0.01 ? 4 : greatest >= 0.0001 ? 6 : 9;
  const format = new Intl.NumberFormat(language, {
    minimumFractionDigits: isColumn ? decimals : 0,
    maximumFractionDigits: decimals,
    roundingMode: rounding,
  });
  const nothing = format.format(0);
  return (amount) => {
    const said = format.format(amount);
    return amount > 0 && said === nothing ? `< ${format.format(10 ** -decimals)}` : said;
  };
}

/** How prices are said: to the hundredth, and beyond where they go beyond. */
export function sayingPrices(language: string): (price: number) => string {
  const format = new Intl.NumberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 9 });
  return (price) => format.format(Number(price.toPrecision(12)));
}
