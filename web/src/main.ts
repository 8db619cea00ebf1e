import "./trusted";
import "./app.css";
import { mount } from "svelte";
// Before anything is drawn: a browser offers to install the app only once.
import "./state/install.svelte";
import App from "./App.svelte";

const target = document.getElementById("app");
if (target) mount(App, { target });
