/** What is taken for an e-mail, in the API and in the settings alike: its domain has a dot. At most 254 characters. */
export const EMAIL = /^[\w'+-]+(?:\.[\w'+-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}$/;

/** The one way an e-mail is written in the store and looked up. */
export function normalisedEmail(email: string): string {
  return email.trim().toLowerCase();
}
