/** Whether a token can stand in a header of HTTP; with any other the client says only that nothing can be reached. */
export const isHeaderValue = (token: string): boolean => /^[\x20-\x7e]*$/.test(token)
