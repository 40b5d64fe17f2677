// Oracle answers the questions in vectors.txt with the library whose grammar we follow:
//
//	go run . < ../vectors.txt
//
// must print the file unchanged. A line is a constraint, versions, and one letter for each version: y (admitted), n (not),
// p (only where prereleases are admitted everywhere), x (no version). A constraint that is none has the answer "invalid".
package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"github.com/Masterminds/semver/v3"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		fields := strings.Split(lines.Text(), "\t")
		fmt.Printf("%s\t%s\t%s\n", fields[0], fields[1], answer(fields[0], strings.Fields(fields[1])))
	}
}

func answer(text string, versions []string) string {
	constraint, err := semver.NewConstraint(text)
	if err != nil {
		return "invalid"
	}
	letters := make([]byte, 0, len(versions))
	for _, version := range versions {
		letters = append(letters, letter(*constraint, version))
	}
	return string(letters)
}

func letter(constraint semver.Constraints, text string) byte {
	version, err := semver.NewVersion(text)
	if err != nil {
		return 'x'
	}
	if constraint.Check(version) {
		return 'y'
	}
	constraint.IncludePrerelease = true
	if constraint.Check(version) {
		return 'p'
	}
	return 'n'
}
