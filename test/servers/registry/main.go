// The registry of the distribution project, with what the tests need of it: storage in a folder,
// password files and bearer tokens. (Its own main.go would bring the drivers of three clouds as well.)
//
//	registry serve <configuration file>
//	registry htpasswd <user>        reads the password from standard input, prints the line of a password file
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/distribution/distribution/v3/registry"
	_ "github.com/distribution/distribution/v3/registry/auth/htpasswd"
	_ "github.com/distribution/distribution/v3/registry/auth/token"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem"
	"github.com/spf13/cobra"
	"golang.org/x/crypto/bcrypt"
)

func main() {
	registry.RootCmd.AddCommand(&cobra.Command{Use: "htpasswd <user>", Args: cobra.ExactArgs(1), RunE: printPasswordLine})
	if registry.RootCmd.Execute() != nil {
		os.Exit(1)
	}
}

func printPasswordLine(_ *cobra.Command, arguments []string) error {
	password, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	hash, err := bcrypt.GenerateFromPassword(password, bcrypt.MinCost)
	if err != nil {
		return err
	}
	_, err = fmt.Printf("%s:%s\n", arguments[0], hash)
	return err
}
