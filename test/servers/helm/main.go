// Helm, as its own cmd/helm starts it. Its Kubernetes modules are those of the control plane,
// so that a build of one after the other compiles them once.
package main

import (
	"errors"
	"log/slog"
	"os"

	"helm.sh/helm/v4/pkg/cmd"
)

func main() {
	root, err := cmd.NewRootCmd(os.Stdout, os.Args[1:], cmd.SetupLogging)
	if err == nil {
		err = root.Execute()
	} else {
		slog.Error("helm", slog.Any("error", err))
	}
	if failed, ok := errors.AsType[cmd.CommandError](err); ok {
		os.Exit(failed.ExitCode)
	}
	if err != nil {
		os.Exit(1)
	}
}
