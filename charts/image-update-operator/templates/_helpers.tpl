{{- define "iuo.name" -}}
{{ .Values.fullnameOverride | default .Release.Name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "iuo.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (include "iuo.name" .) }}
{{- end }}

{{- define "iuo.selector" -}}
app.kubernetes.io/name: image-update-operator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "iuo.labels" -}}
{{ include "iuo.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "iuo.argocdNamespace" -}}
{{ .Values.argocdNamespace | default .Release.Namespace }}
{{- end }}

{{- /* What the operator may do where policies and Applications are. */ -}}
{{- define "iuo.watchRules" -}}
- apiGroups: [imageupdate.dev]
  resources: [imageupdatepolicies]
  verbs: [get, list, watch]
- apiGroups: [imageupdate.dev]
  resources: [imageupdatepolicies/status]
  verbs: [patch]
- apiGroups: [argoproj.io]
  resources: [applications]
  verbs: [get, list, watch, patch]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
# Secrets that policies name.
- apiGroups: [""]
  resources: [secrets]
  {{- with .Values.secretNames }}
  resourceNames: {{ toJson . }}
  {{- end }}
  verbs: [get]
# ServiceAccounts that policies name, for their imagePullSecrets.
- apiGroups: [""]
  resources: [serviceaccounts]
  verbs: [get]
{{- if .Values.serviceAccountTokens }}
# Their cloud identities.
- apiGroups: [""]
  resources: [serviceaccounts/token]
  verbs: [create]
{{- end }}
{{- end }}

{{- /* What it may do in Argo CD's namespace. */ -}}
{{- define "iuo.argocdRules" -}}
- apiGroups: [argoproj.io]
  resources: [appprojects]
  verbs: [get, list, watch]
# Names of Argo CD's repository Secrets are hashes, and RBAC knows no labels.
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, list, watch]
- apiGroups: [""]
  resources: [configmaps]
  resourceNames: [argocd-ssh-known-hosts-cm, argocd-tls-certs-cm]
  verbs: [get, list, watch]
{{- end }}
