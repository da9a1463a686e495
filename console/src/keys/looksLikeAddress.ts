const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!\/|$)|(?=\/|$))){4}(?:\/(?:3[0-2]|[12]?\d))?$/;
const IPV6 = /^(?=.*:.*:)[0-9a-f:.]+(?:\/(?:12[0-8]|1[01]\d|[1-9]?\d))?$/i;

/** Whether a line may be an address or a network. Not a rule: it passes what is not quite one. */
export function looksLikeAddress(line: string): boolean {
  return IPV4.test(line) || IPV6.test(line);
}
