/** The version of this build. */
declare const __APP_VERSION__: string;
