/** The name in package.json, by which users import it. */
const PACKAGE = "weight-search";

interface Resolution {
  readonly url: string;
}

type Resolve<Context> = (specifier: string, context: Context) => Promise<Resolution>;

/**
 * Resolves imports of this package from any file to the modules that this program itself runs, installed beside that file or not: an
 * object that the file makes is then of the program's own classes. One of Node's module hooks, for `module.register`.
 */
export async function resolve<Context extends object>(
  specifier: string,
  context: Context,
  next: Resolve<Context>,
): Promise<Resolution> {
  const isOwn = specifier === PACKAGE || specifier.startsWith(`${PACKAGE}/`);
  return next(specifier, isOwn ? { ...context, parentURL: import.meta.url } : context);
}
